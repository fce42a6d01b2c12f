import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type OversizedLine,
  openTail,
  openTailAsync,
  readLastLines,
  readLastLinesAsync,
  readLines,
  type TailLine,
} from '../src/index.ts'
import { referenceLines } from './reference.ts'

let directory: string
let path: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'journal-prop-'))
  path = join(directory, 'soup')
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const fragment = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('\n', '\r\n', '\n\n', ' \n', '\r') },
  { weight: 4, arbitrary: fc.constantFrom('a', '{"a":1}', 'é', '€', '😀', '\0', '\uFEFF', ' ', '\t', 'x'.repeat(300)) },
  { weight: 1, arbitrary: fc.constantFrom('y'.repeat(70_000), `${'z'.repeat(65_535)}\n`) },
)
const soup = fc.oneof(
  fc.array(fragment, { maxLength: 40 }).map((parts) => Buffer.from(parts.join(''))),
  fc
    .array(fc.constantFrom(0x0a, 0x0d, 0x20, 0x00, 0x61, 0xef, 0xbb, 0xbf, 0xc3, 0xa9, 0xf0, 0x9f, 0xff), {
      maxLength: 60,
    })
    .map((bytes) => Buffer.from(bytes)),
  fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
)

test('any bytes written in any pieces yield the same complete lines as a plain splitter', () => {
  fc.assert(
    fc.property(
      soup,
      fc.array(fc.nat(), { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 8 }),
      fc.constantFrom(3, 100, 65_536, 1_000_000),
      fc.boolean(),
      (bytes, cuts, sizes, maxLineBytes, network) => {
        rmSync(path, { force: true })
        const tail = openTail(path, { nulWaitMs: 0, maxLineBytes, network })
        const lines: TailLine[] = []
        const oversized: OversizedLine[] = []
        let reads = 0
        const readAll = (): void => {
          while (tail.look()) {
            const batch = tail.read(sizes[reads++ % (sizes.length || 1)])
            expect([batch.reset, batch.failure]).toEqual([null, null])
            lines.push(...batch.lines)
            oversized.push(...batch.oversized)
          }
        }
        const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1))), bytes.length].sort((a, b) => a - b)
        let from = 0
        for (const to of places) {
          appendFileSync(path, bytes.subarray(from, to))
          from = to
          readAll()
        }
        tail.close()
        expect({ lines, oversized }).toEqual(referenceLines(bytes, maxLineBytes))
      },
    ),
    { numRuns: 300 },
  )
})

test('a line in any script, split at any byte, is returned complete', () => {
  const bytes = Buffer.from('{"é":"€","😀":"\u{10FFFF}"}\n{"ok":1}\n')
  for (let cut = 0; cut <= bytes.length; cut++) {
    writeFileSync(path, bytes.subarray(0, cut))
    const tail = openTail(path)
    const lines = [...tail.read().lines]
    appendFileSync(path, bytes.subarray(cut))
    lines.push(...tail.read().lines)
    tail.close()
    expect(lines).toEqual(referenceLines(bytes).lines)
  }
})

type Change = { readonly kind: 'append' | 'cut' | 'rewrite' | 'replace' | 'delete'; readonly bytes: Buffer }
const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('append', 'append', 'append', 'cut', 'rewrite', 'replace', 'delete'),
  bytes: soup,
})

test('the lines since the last reset are the current lines of the file, whatever happens to it', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), fc.boolean(), (changes, network) => {
      rmSync(path, { force: true })
      const tail = openTail(path, { nulWaitMs: 0, network })
      let lines: TailLine[] = []
      const mark = (count: number) => Buffer.from(`{"change":${count}}\n`)
      changes.forEach(({ kind, bytes }, count) => {
        // Each rewrite ends in unique bytes: a file with identical bytes before the offset counts as the same.
        if (kind === 'append') appendFileSync(path, bytes)
        else if (kind === 'cut') writeFileSync(path, Buffer.alloc(0))
        else if (kind === 'rewrite') writeFileSync(path, Buffer.concat([mark(count), bytes, mark(count)]))
        else if (kind === 'delete') rmSync(path, { force: true })
        else {
          writeFileSync(`${path}.new`, bytes)
          renameSync(`${path}.new`, path)
        }
        for (let tries = 0; tail.look() && tries < 1000; tries++) {
          const batch = tail.read()
          if (batch.reset !== null) lines = []
          lines.push(...batch.lines)
        }
        if (kind === 'delete') return
        const now = readFileSync(path)
        if (count > 0 && kind === 'cut') expect(tail.offset).toBe(0)
        else expect(lines).toEqual(referenceLines(now).lines)
      })
      tail.close()
    }),
    { numRuns: 200 },
  )
})

test('a non-blocking tail returns the same as the blocking one, whatever happens to the file', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 8 }), fc.boolean(), async (changes, network) => {
      rmSync(path, { force: true })
      const tail = openTailAsync(path, { nulWaitMs: 0, network })
      let lines: TailLine[] = []
      for (const [count, { kind, bytes }] of changes.entries()) {
        const mark = Buffer.from(`{"change":${count}}\n`)
        if (kind === 'append') appendFileSync(path, bytes)
        else if (kind === 'cut') writeFileSync(path, Buffer.alloc(0))
        else if (kind === 'rewrite') writeFileSync(path, Buffer.concat([mark, bytes, mark]))
        else if (kind === 'delete') rmSync(path, { force: true })
        else {
          writeFileSync(`${path}.new`, bytes)
          renameSync(`${path}.new`, path)
        }
        for (let more = true; more; ) {
          const batch = await tail.read()
          if (batch.reset !== null) lines = []
          lines.push(...batch.lines)
          more = batch.more || batch.lines.length > 0
        }
        expect(tail.exists).toBe(kind !== 'delete')
        if (kind === 'delete') continue
        if (count > 0 && kind === 'cut') expect(tail.offset).toBe(0)
        else expect(lines).toEqual(referenceLines(readFileSync(path)).lines)
      }
      await tail.close()
    }),
    { numRuns: 100 },
  )
})

/** More bytes than any file here. By default, a read returns at most 1 MiB. */
const ALL = 2 ** 30

test('every cursor, in this process or another, leads to exactly the lines after it', async () => {
  await fc.assert(
    fc.asyncProperty(soup, soup, fc.integer({ min: 1, max: 200 }), async (before, after, size) => {
      writeFileSync(path, Buffer.concat([before, Buffer.from('\n')]))
      const first = openTailAsync(path, { nulWaitMs: 0 })
      const cursors: { cursor: string; offset: number }[] = []
      for (let more = true; more; ) {
        const batch = await first.read(size)
        cursors.push({ cursor: first.cursor, offset: first.offset })
        more = batch.more || batch.lines.length > 0
      }
      appendFileSync(path, after)
      const all = referenceLines(readFileSync(path)).lines
      await first.read(ALL)
      for (const { cursor, offset } of cursors) {
        const expected = all.filter((line) => line.offset >= offset)
        const sync = openTail(path, { nulWaitMs: 0 })
        // A file that was too short to be identified by its first bytes has another mark once it has grown.
        const isKnown = first.offsetOf(cursor) !== undefined
        expect(sync.seek(cursor)).toBe(isKnown)
        const later = openTailAsync(path, { nulWaitMs: 0 })
        expect(await later.seek(cursor)).toBe(isKnown)
        if (isKnown) {
          expect(sync.read(ALL).lines).toEqual(expected)
          expect((await later.read(ALL)).lines).toEqual(expected)
          expect([sync.cursor(), later.cursor]).toEqual([first.cursor, first.cursor])
          const { lines } = await first.readAt(offset, ALL)
          expect(lines).toEqual(expected.filter((line) => line.offset < first.offset))
        }
        sync.close()
        await later.close()
      }
      await first.close()
    }),
    { numRuns: 100 },
  )
})

test('reading whole files and reading last lines return the same lines', async () => {
  await fc.assert(
    fc.asyncProperty(
      soup,
      fc.integer({ min: 0, max: 12 }),
      fc.constantFrom(3, 100, 65_536, 1_000_000),
      async (bytes, count, maxLineBytes) => {
        writeFileSync(path, bytes)
        const expected = referenceLines(bytes, maxLineBytes)
        const forward: OversizedLine[] = []
        const backward: OversizedLine[] = []
        expect([...readLines(path, { maxLineBytes, onOversized: (line) => forward.push(line) })]).toEqual(
          expected.lines,
        )
        expect(forward).toEqual(expected.oversized)
        expect(readLastLines(path, count, { maxLineBytes })).toEqual(count === 0 ? [] : expected.lines.slice(-count))
        expect(await readLastLinesAsync(path, count, { maxLineBytes })).toEqual(
          readLastLines(path, count, { maxLineBytes }),
        )
        const all = readLastLines(path, Number.MAX_SAFE_INTEGER, {
          maxLineBytes,
          onOversized: (line) => backward.push(line),
        })
        expect([all, backward.reverse()]).toEqual([expected.lines, expected.oversized])
        const half = expected.lines[Math.floor(expected.lines.length / 2)]
        if (half === undefined) return
        const page = expected.lines.filter((line) => line.offset < half.offset)
        expect(readLastLines(path, 100, { maxLineBytes, before: half.offset })).toEqual(page)
        expect([...readLines(path, { maxLineBytes, from: half.offset })][0]).toEqual(half)
      },
    ),
    { numRuns: 300 },
  )
})
