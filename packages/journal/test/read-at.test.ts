import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openTailAsync } from '../src/index.ts'
import { referenceLines } from './reference.ts'

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'journal-read-at-'))
  path = join(directory, 't.jsonl')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const TEXT = `a\n\n${'b'.repeat(30)}\n  \nc\r\n${'d'.repeat(20)}\n`

test('an earlier part of any size, from any line, contains the lines that begin in it', async () => {
  writeFileSync(path, TEXT)
  const tail = openTailAsync(path)
  await tail.read()
  const { lines } = referenceLines(Buffer.from(TEXT))
  const starts = [0, ...[...TEXT].flatMap((character, at) => (character === '\n' ? [at + 1] : []))]
  for (const start of starts) {
    for (const maxBytes of [1, 2, 5, 31, 32, 100]) {
      const part = await tail.readAt(start, maxBytes)
      // The last start of a line that fits in the part, or the next one if a line does not fit.
      const to =
        starts.findLast((one) => one > start && one <= start + maxBytes) ?? starts.find((one) => one > start) ?? start
      const expected = lines.filter(({ offset }) => offset >= start && offset < to)
      expect({ start, maxBytes, ...part }).toEqual({ start, maxBytes, lines: expected, to })
    }
  }
  await tail.close()
})

test('all lines of a file can be read again part by part', async () => {
  const text = Array.from({ length: 500 }, (_, i) => `${i} ${'x'.repeat((i * 37) % 300)}\n`).join('')
  writeFileSync(path, text)
  const tail = openTailAsync(path)
  await tail.read()
  const found: unknown[] = []
  for (let at = 0; at < tail.offset; ) {
    const { lines, to } = await tail.readAt(at, 200)
    found.push(...lines)
    expect(to).toBeGreaterThan(at)
    at = to
  }
  expect(found).toEqual(referenceLines(Buffer.from(text)).lines)
  await tail.close()
})

test('bytes that have not been read yet are not returned, and a line that is too long is skipped', async () => {
  writeFileSync(path, `one\n${'x'.repeat(50)}\ntwo\n`)
  const tail = openTailAsync(path, { maxLineBytes: 10 })
  await tail.read(1)
  const end = tail.offset
  expect([end, await tail.readAt(0)]).toEqual([4, { lines: [{ text: 'one', offset: 0, bytes: 4 }], to: 4 }])
  expect([await tail.readAt(4), await tail.readAt(100)]).toEqual([
    { lines: [], to: 4 },
    { lines: [], to: 100 },
  ])
  while ((await tail.read()).more);
  expect(await tail.readAt(4, 5)).toEqual({ lines: [], to: 55 })
  expect((await tail.readAt(0)).lines.map(({ text }) => text)).toEqual(['one', 'two'])
  await tail.close()
})

test('a part that was truncated in the meantime has no lines', async () => {
  writeFileSync(path, `one\n${'x'.repeat(50)}\n`)
  const tail = openTailAsync(path)
  await tail.read()
  truncateSync(path, 10)
  expect([await tail.readAt(4, 3), await tail.readAt(4)]).toEqual(Array(2).fill({ lines: [], to: 4 }))
  truncateSync(path, 0)
  expect(await tail.readAt(0)).toEqual({ lines: [], to: 0 })
  await tail.close()
})

test('a call made while another one runs waits for its turn, even after a failure, and so does closing', async () => {
  writeFileSync(path, 'one\n')
  const tail = openTailAsync(path)
  const [batch, found, part] = await Promise.all([tail.read(), tail.seek('nonsense'), tail.readAt(0), tail.close()])
  expect([batch.lines.length, found, part.lines.length]).toEqual([1, false, 1])
  const other = openTailAsync(join(path, 'below'))
  const none = openTailAsync(directory)
  const outcomes = await Promise.allSettled([none.seekEnd(), none.readAt(0), none.read(), other.read()])
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled', 'fulfilled'])
  expect([none.exists, other.exists]).toEqual([false, false])
  await none.close()
})

test('a cursor is available as soon as the file exists: without its first bytes while it is short, and then with them', async () => {
  const tail = openTailAsync(path)
  expect([tail.cursor, tail.offsetOf('.0'), tail.cursorAt(5)]).toEqual(['.0', 0, '.5'])
  writeFileSync(path, `${'x'.repeat(62)}\n`)
  await tail.read()
  const short = tail.cursor
  expect([short, tail.offsetOf(short)]).toEqual([expect.stringMatching(/^[0-9a-z]+-[0-9a-z]+-\.63$/), 63])
  appendFileSync(path, 'y')
  await tail.read()
  const long = tail.cursor
  expect(long).toMatch(/^[0-9a-z]+-[0-9a-z]+-[0-9a-f]{8}\.63$/)
  expect([tail.offsetOf(short), tail.offsetOf(long), await tail.seek(long), await tail.seek(short)]).toEqual([
    undefined,
    63,
    true,
    false,
  ])
  await tail.close()
})
