import { describe, expect, test } from 'vitest'
import { type TailBatch, TailState } from '../src/tail-state.ts'
import { type MemoryTail, openMemoryTail, texts } from './memory-tail.ts'
import { referenceLines } from './reference.ts'

const KIB = 1024

/** Reads until there is no more, and records the first reset. */
function readAll(tail: MemoryTail, maxBytes?: number) {
  const all = { lines: [] as unknown[], oversized: [] as unknown[], reset: null as TailBatch['reset'] }
  for (let more = true; more; ) {
    const batch = tail.read(maxBytes)
    all.lines.push(...batch.lines)
    all.oversized.push(...batch.oversized)
    all.reset ??= batch.reset
    more = batch.more
  }
  return all
}

/** Returns all texts of up to `length` pieces. */
function soups(pieces: readonly string[], length: number): string[] {
  if (length === 0) return ['']
  return ['', ...pieces.flatMap((piece) => soups(pieces, length - 1).map((rest) => piece + rest))]
}

describe('every short file', () => {
  test('has the lines of a plain splitter, for any limit of line and read', () => {
    for (const text of new Set(soups(['a', '\n', '\r', 'é'], 5))) {
      for (const maxLineBytes of [1, 3]) {
        const expected = referenceLines(Buffer.from(text), maxLineBytes)
        for (const maxBytes of [1, 4]) {
          const tail = openMemoryTail({ maxLineBytes })
          tail.write(text)
          const { lines, oversized, reset } = readAll(tail, maxBytes)
          if (JSON.stringify([lines, oversized, reset]) === JSON.stringify([...Object.values(expected), null])) continue
          expect({ text, maxLineBytes, maxBytes, lines, oversized, reset }).toEqual({ ...expected, reset: null })
        }
      }
    }
  })

  test('has the same lines if it is read after each byte', () => {
    for (const text of new Set(soups(['ab', '\n', '\r\n', '\uFEFF'], 4))) {
      const bytes = Buffer.from(text)
      const tail = openMemoryTail({ maxLineBytes: 3 })
      const found = { lines: [] as unknown[], oversized: [] as unknown[] }
      for (let size = 1; size <= bytes.length; size++) {
        tail.file.bytes = bytes.subarray(0, size)
        const { lines, oversized, reset } = readAll(tail, 2)
        expect(reset).toBeNull()
        found.lines.push(...lines)
        found.oversized.push(...oversized)
      }
      expect({ text, ...found }).toEqual({ text, ...referenceLines(bytes, 3) })
    }
  })
})

describe('a file that changed', () => {
  const before = 'one\ntwo\nto'

  test.each<[string, string, number, TailBatch['reset'], string[]]>([
    ['grew', `${before}rn\nmore\n`, 1, null, ['torn', 'more']],
    ['is unchanged', before, 1, null, []],
    ['lost a part of its torn line', 'one\ntwo\nt', 1, null, []],
    ['lost its torn line', 'one\ntwo\n', 1, null, []],
    ['has another torn line', 'one\ntwo\nTO\n', 1, null, ['TO']],
    ['was truncated within its last line', 'one\ntwo', 1, 'truncated', ['one']],
    ['was emptied', '', 1, 'truncated', []],
    ['was rewritten with as many bytes', 'uno\ndos\ntr', 1, 'rewritten', ['uno', 'dos']],
    ['was rewritten with more bytes', 'uno\ndos\ntres\n', 1, 'rewritten', ['uno', 'dos', 'tres']],
    ['differs in its first byte only', 'One\ntwo\nto\n', 1, 'rewritten', ['One', 'two', 'to']],
    ['differs in the last byte that was read', 'one\ntwo to\n', 1, 'rewritten', ['one', 'two to']],
    ['is another file with the same bytes', before, 2, 'replaced', ['one', 'two']],
    ['is another, shorter file', 'x\n', 2, 'replaced', ['x']],
    ['is another, empty file', '', 2, 'replaced', []],
  ])('and %s', (_, after, serial, reset, lines) => {
    const tail = openMemoryTail()
    tail.write(before)
    expect([texts(tail.read()), tail.state.offset, tail.state.isUnread]).toEqual([['one', 'two'], 8, false])
    tail.write(after)
    tail.file.serial = serial
    const batch = tail.read()
    expect([batch.reset, texts(batch), batch.more, batch.failure]).toEqual([reset, lines, false, null])
    expect(tail.state.offset).toBe(after.lastIndexOf('\n') + 1)
    expect(tail.read()).toEqual({ lines: [], oversized: [], reset: null, more: false, failure: null })
  })

  test('is compared by the last 256 bytes that were read, however they were read', () => {
    const lines = Array.from({ length: 60 }, (_, i) => `line ${i} ....\n`).join('')
    for (const maxBytes of [1, 100, 300, 10_000]) {
      for (const [back, reset] of [
        [1, 'rewritten'],
        [200, 'rewritten'],
        [256, 'rewritten'],
        [257, null],
      ] as const) {
        const tail = openMemoryTail()
        tail.write(lines)
        readAll(tail, maxBytes)
        const changed = Buffer.from(`${lines}next\n`)
        changed.write('#', lines.length - back)
        tail.file.bytes = changed
        expect([maxBytes, back, readAll(tail).reset]).toEqual([maxBytes, back, reset])
      }
    }
  })

  test('is compared after a line that was too long and skipped', () => {
    for (const [back, reset] of [
      [1, 'rewritten'],
      [256, 'rewritten'],
      [257, null],
    ] as const) {
      const tail = openMemoryTail({ maxLineBytes: 10 })
      tail.write(`a\n${'x'.repeat(70_000)}\n`)
      expect(readAll(tail, 1000).oversized).toEqual([{ offset: 2, bytes: 70_001 }])
      const changed = Buffer.concat([tail.file.bytes, Buffer.from('b\n')])
      changed.write('#', 70_003 - back)
      tail.file.bytes = changed
      expect([back, readAll(tail).reset]).toEqual([back, reset])
    }
  })

  test('and was truncated during the search of a long torn line is searched from that line again', () => {
    const tail = openMemoryTail()
    tail.write(`a\n${'x'.repeat(200 * KIB)}`)
    readAll(tail)
    tail.write('a\nb\n')
    expect(texts(tail.read())).toEqual(['b'])
    tail.append(`${'y'.repeat(200 * KIB)}`)
    expect(readAll(tail).lines).toEqual([])
    tail.append('\nc\n')
    expect(readAll(tail).lines).toEqual([
      { text: 'y'.repeat(200 * KIB), offset: 4, bytes: 200 * KIB + 1 },
      { text: 'c', offset: 200 * KIB + 5, bytes: 2 },
    ])
  })
})

describe('a tail that begins within a file', () => {
  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('rejects the start %d', (from) => {
    expect(() => new TailState({ from })).toThrow(new RangeError(`\`from\` must be a whole number >= 0, got ${from}`))
  })

  test('reads from there, and detects that the bytes before it have changed', () => {
    for (const [after, reset, lines] of [
      ['one\ntwo\nthree\n', null, ['two', 'three']],
      ['one\ntwo\n', null, ['two']],
      ['ONE\ntwo\n', 'rewritten', ['ONE', 'two']],
      ['on', 'truncated', []],
    ] as const) {
      const tail = openMemoryTail({ from: 4 })
      tail.write('one\ntwo\n')
      tail.run(tail.state.begin(1))
      expect([tail.state.offset, tail.state.isUnread]).toEqual([4, true])
      tail.write(after)
      const batch = tail.read()
      expect([after, batch.reset, texts(batch)]).toEqual([after, reset, lines])
    }
  })

  test('treats a file that appears later as another one, unless it begins at 0', () => {
    for (const [from, reset] of [
      [0, null],
      [4, 'replaced'],
    ] as const) {
      const tail = openMemoryTail({ from })
      tail.write('one\ntwo\n')
      const batch = tail.read()
      expect([from, batch.reset, texts(batch)]).toEqual([from, reset, ['one', 'two']])
    }
  })

  test('starts over if it begins beyond the end of its file', () => {
    const tail = openMemoryTail({ from: 100 })
    tail.write('one\n')
    tail.run(tail.state.begin(1))
    const batch = tail.read()
    expect([batch.reset, texts(batch)]).toEqual(['truncated', ['one']])
    // It does not start over if the file has grown to that place before the first read.
    const other = openMemoryTail({ from: 4 })
    other.write('one')
    other.run(other.state.begin(1))
    other.append('\ntwo\n')
    expect([other.read().reset, other.state.offset]).toEqual([null, 8])
  })

  test('can be moved forwards and backwards, and forgets the state of the previous place', () => {
    const tail = openMemoryTail({ nulWaitMs: 0 })
    tail.write(`one\ntwo\nthree\n${'x'.repeat(100 * KIB)}`)
    readAll(tail)
    tail.run(tail.state.goTo(4, 1))
    expect([tail.state.offset, tail.state.isUnread]).toEqual([4, true])
    expect([texts(tail.read(1)), tail.state.offset]).toEqual([['two'], 8])
    tail.run(tail.state.goTo(0, 1))
    expect(readAll(tail)).toMatchObject({ reset: null, lines: [{ text: 'one' }, { text: 'two' }, { text: 'three' }] })
  })
})

describe('a long unfinished line', () => {
  test('is read again only until it has 64 KiB; after that, each part is searched once', () => {
    const tail = openMemoryTail()
    tail.write('x'.repeat(64 * KIB - 1))
    tail.read()
    tail.asked.length = 0
    tail.append('x')
    tail.read()
    // A byte order mark, and the line from its start.
    expect(tail.asked).toEqual([3, 64 * KIB])
    tail.asked.length = 0
    tail.append('x'.repeat(100))
    tail.read()
    expect(tail.asked).toEqual([3, 100])
    tail.asked.length = 0
    expect([tail.read().more, tail.asked]).toEqual([false, [3]])
  })

  test('is returned completely once it has ended, with the lines after it in the next read', () => {
    const tail = openMemoryTail()
    tail.write(`first\n${'x'.repeat(300 * KIB)}`)
    expect(texts(tail.read())).toEqual(['first'])
    tail.append('y\nlast\n')
    const batch = tail.read(1000)
    expect([batch.lines, batch.more, tail.state.isUnread]).toEqual([
      [{ text: `${'x'.repeat(300 * KIB)}y`, offset: 6, bytes: 300 * KIB + 2 }],
      true,
      true,
    ])
    expect([texts(tail.read()), tail.state.isUnread]).toEqual([['last'], false])
  })

  test('is searched for at most the longest line or one read at a time, and then `more` is true', () => {
    const tail = openMemoryTail({ maxLineBytes: 1000 })
    tail.write('x'.repeat(10_000))
    const scans: number[] = []
    for (let more = true; more; ) {
      tail.asked.length = 0
      const batch = tail.read(2000)
      expect([batch.lines, batch.oversized]).toEqual([[], []])
      scans.push(tail.asked.slice(1).reduce((sum, length) => sum + length, 0))
      more = batch.more
    }
    // The first read searches 2000 bytes and the next 2000.
    expect(scans).toEqual([4000, 2000, 2000, 2000])
    tail.append('\nshort\n')
    expect(tail.read(2000).oversized).toEqual([{ offset: 0, bytes: 10_001 }])
    expect(texts(tail.read(2000))).toEqual(['short'])
  })

  test('of exactly the longest length is returned, and of one byte more is reported', () => {
    for (const [length, isLong] of [
      [999, false],
      [1000, false],
      [1001, true],
    ] as const) {
      const tail = openMemoryTail({ maxLineBytes: 1000 })
      tail.write(`${'x'.repeat(length)}\n`)
      const { lines, oversized } = readAll(tail, 10)
      expect([length, lines.length, oversized]).toEqual([
        length,
        isLong ? 0 : 1,
        isLong ? [{ offset: 0, bytes: length + 1 }] : [],
      ])
    }
  })

  test('has a limit of 16 MiB by default', () => {
    expect([new TailState({}).maxLineBytes, new TailState({ maxLineBytes: 7 }).maxLineBytes]).toEqual([1 << 24, 7])
  })
})

test('a byte order mark is skipped at the start only, and counts for the offset', () => {
  const tail = openMemoryTail()
  tail.write('\uFEFF')
  expect([tail.read().lines, tail.state.offset]).toEqual([[], 3])
  tail.append('a\n\uFEFFb\n')
  expect(tail.read().lines).toEqual([
    { text: 'a', offset: 3, bytes: 2 },
    { text: '\uFEFFb', offset: 5, bytes: 5 },
  ])
  // The byte order mark counts as read: if it is missing, the file was rewritten.
  const other = openMemoryTail()
  other.write('\uFEFF')
  other.read()
  other.write('abc\n')
  const batch = other.read()
  expect([batch.reset, texts(batch)]).toEqual(['rewritten', ['abc']])
})
