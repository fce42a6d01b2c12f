import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { HistoryFile, type HistoryLimits } from '../src/node/history/history-file.ts'
import { LineReader } from '../src/node/history/line-reader.ts'
import { Segments } from '../src/node/history/segments.ts'
import { Source, sourceState } from '../src/node/history/source.ts'
import { temporaryDirectory } from './directory.ts'
import { lineOf, lines } from './history-runs.ts'

const INDEX = join('.hotcb-cache', 'hotcb.metrics.jsonl', 'index.json')

const SMALL = { cacheBytes: 2000, longBytes: 1e9, saveBytes: 1000, spillPoints: 100 }

function open(text?: string, limits?: HistoryLimits) {
  const directory = temporaryDirectory()
  const path = join(directory, 'hotcb.metrics.jsonl')
  if (text !== undefined) writeFileSync(path, text)
  const history = new HistoryFile(path, { cacheDirectory: join(directory, 'user-cache') }, limits)
  onTestFinished(() => history.close())
  return { directory, path, history }
}

/** Reads to the end, and returns the number of slices. */
function readAll(history: HistoryFile): number {
  let slices = 0
  history.refresh()
  while (history.behind > 0) {
    history.step()
    slices++
  }
  return slices
}

function savedOffset(directory: string): number {
  return JSON.parse(readFileSync(join(directory, INDEX), 'utf8')).mark.offset
}

test('the overview of a file while it is missing, unread and read', () => {
  const { path, history } = open()
  const nothing = {
    path,
    exists: false,
    bytes: 0,
    indexedBytes: 0,
    complete: true,
    records: 0,
    firstStep: null,
    lastStep: null,
    farSteps: null,
    attempts: 1,
    resets: 0,
    badLines: { count: 0, first: null },
    error: null,
    names: [],
  }
  expect(history.overview()).toEqual(nothing)
  expect([history.refresh(), history.behind]).toEqual([false, 0])
  history.step()
  expect(history.overview()).toEqual(nothing)
  const text = lines(5, 8)
  writeFileSync(path, text)
  expect([history.refresh(), history.behind, history.refresh()]).toEqual([true, text.length, false])
  const there = { ...nothing, exists: true, bytes: text.length }
  expect(history.overview()).toEqual({ ...there, complete: false })
  history.step()
  expect(history.behind).toBe(0)
  expect(history.overview()).toEqual({
    ...there,
    indexedBytes: text.length,
    records: 3,
    firstStep: 5,
    lastStep: 7,
    names: [{ name: 'loss', points: 3, last: { step: 7, value: 7 }, rewound: false }],
  })
})

test('the disappearance of a file is reported as a change once, and its records remain', () => {
  const { path, history } = open(lines(0, 3))
  readAll(history)
  rmSync(path)
  expect([history.refresh(), history.refresh()]).toEqual([true, false])
  expect(history.overview()).toMatchObject({ exists: false, bytes: 0, records: 3, complete: true, resets: 0 })
})

test('a last value that was not finite is null, and a name that never had a number has no entry', () => {
  const { history } = open('{"step":1,"metrics":{"a":1,"text":"x"}}\n{"step":2,"metrics":{"a":null}}\n')
  readAll(history)
  expect(history.overview().names).toEqual([{ name: 'a', points: 2, last: { step: 2, value: null }, rewound: false }])
  expect(history.windows([{ name: 'text' }, { name: 'none' }])).toEqual([undefined, undefined])
  expect(history.stats([{ name: 'text' }])).toEqual([undefined])
  expect(history.pointsAround([{ name: 'none', step: 1, points: 1 }])).toEqual([undefined])
})

test('malformed lines are counted, with the position of and the reason for the first; blank lines are not', () => {
  const good = lines(0, 1)
  const { history } = open(`${good}\n \t\r\nnot json\n[]\n${good}`)
  readAll(history)
  const { badLines, records } = history.overview()
  expect(records).toBe(2)
  expect(badLines.count).toBe(2)
  expect(badLines.first?.offset).toBe(good.length + 5)
  expect(badLines.first?.reason).toMatch(/JSON/)
})

test('statistics, points and windows of one name are exact once everything is read', () => {
  const { history } = open(lines(0, 20))
  readAll(history)
  expect(history.stats([{ name: 'val' }, { name: 'loss', from: 5, to: 7, parts: [[0, 0.5]] }])).toMatchObject([
    { name: 'val', complete: true, count: 2, mean: -5 },
    { name: 'loss', complete: true, count: 3, mean: 6, firstTime: 1.79e9 + 5, lastTime: 1.79e9 + 7, parts: [5.5] },
  ])
  const [around] = history.pointsAround([{ name: 'loss', step: 10, points: 2 }])
  expect(around).toMatchObject({ name: 'loss', complete: true })
  expect([...(around?.steps ?? [])]).toEqual([8, 9, 10, 11, 12])
  const [window, smooth] = history.windows([
    { name: 'loss', from: 3, to: 6, pixels: 10 },
    { name: 'loss', from: 1, to: 2, ema: { weight: 0 } },
  ])
  expect(window).toMatchObject({ name: 'loss', complete: true, ema: undefined, ghosts: [] })
  expect(window?.buckets).toMatchObject({ from: 3, to: 6, points: 4 })
  expect(lineOf(window)).toEqual({ steps: [3, 4, 5, 6], values: [3, 4, 5, 6] })
  expect([...(smooth?.ema?.mean ?? [])]).toEqual([1, 2])
})

test('ghosts outside a window are left out of it', () => {
  const at = (step: number, loss: number): string => `${JSON.stringify({ step, metrics: { loss } })}\n`
  const { history } = open([at(0, 0), at(1, 1), at(2, 2), at(1, 11), at(2, 12), at(3, 13)].join(''))
  readAll(history)
  const [none, some] = history.windows([
    { name: 'loss', from: 3, to: 3 },
    { name: 'loss', from: 2, to: 3 },
  ])
  expect(none?.ghosts).toEqual([])
  expect(some?.ghosts.map((ghost) => [ghost.attempt, lineOf(ghost)])).toEqual([[0, { steps: [2], values: [2] }]])
})

test('far steps are left out of windows unless a bound includes them', () => {
  const far = '{"step":1000000000,"metrics":{"loss":7}}\n'
  const { history } = open(lines(0, 200) + far)
  readAll(history)
  expect(history.overview()).toMatchObject({ lastStep: 199, farSteps: { count: 1, lowest: 1e9, highest: 1e9 } })
  const points = history
    .windows([{ name: 'loss' }, { name: 'val' }, { name: 'loss', to: 1e9 }, { name: 'loss', from: 150 }])
    .map((window) => [window?.buckets.from, window?.buckets.to, window?.buckets.points])
  expect(points).toEqual([
    [0, 199, 200],
    [0, 190, 20],
    [0, 1e9, 201],
    [150, 199, 50],
  ])
})

test('a directory in place of the file is reported in one line until there is a file', () => {
  const { path, history } = open()
  mkdirSync(path)
  expect(history.refresh()).toBe(false)
  expect(history.overview()).toMatchObject({ exists: false, records: 0 })
  expect(history.overview().error).toMatch(/hotcb\.metrics\.jsonl/)
  rmSync(path, { recursive: true })
  writeFileSync(path, lines(0, 2))
  readAll(history)
  expect(history.overview()).toMatchObject({ exists: true, records: 2, error: null })
})

test('a link to a file outside the allowed directories is not read', () => {
  const outside = temporaryDirectory()
  writeFileSync(join(outside, 'secret'), lines(0, 3))
  const allowed = temporaryDirectory()
  const path = join(allowed, 'hotcb.metrics.jsonl')
  symlinkSync(join(outside, 'secret'), path)
  const refused = new HistoryFile(path, { cacheDirectory: false, within: [allowed] })
  expect(refused.refresh()).toBe(false)
  expect(refused.overview()).toMatchObject({ exists: false, records: 0 })
  expect(refused.overview().error).toMatch(/cannot read|link/)
  const anywhere = new HistoryFile(path, { cacheDirectory: false })
  readAll(anywhere)
  expect(anywhere.overview()).toMatchObject({ exists: true, records: 3, error: null })
  anywhere.close()
})

test('a released history uses no memory for its records, and reads them again without a reset', () => {
  const { history } = open(lines(0, 8000))
  expect(readAll(history)).toBeGreaterThan(1)
  history.windows([{ name: 'loss' }])
  const { bytes } = history
  history.trim(0)
  expect(history.bytes).toBeLessThan(bytes)
  expect(history.overview().records).toBe(8000)
  history.release()
  history.release()
  expect(history.bytes).toBeLessThan(bytes / 5)
  readAll(history)
  expect(history.overview()).toMatchObject({ records: 8000, resets: 0 })
})

test('a short file has no cache on disk; a longer one has a cache with its mark, from which a later history starts', () => {
  const short = open(lines(0, 20), SMALL)
  readAll(short.history)
  short.history.close()
  expect(existsSync(join(short.directory, '.hotcb-cache'))).toBe(false)

  const { directory, path, history } = open(`${lines(0, 200)}no record\n`, SMALL)
  readAll(history)
  const stats = history.stats([{ name: 'val' }])
  const { badLines } = history.overview()
  history.close()
  const size = readFileSync(path).length
  expect(savedOffset(directory)).toBe(size)
  expect(existsSync(join(directory, 'user-cache'))).toBe(false)
  const again = new HistoryFile(path, { cacheDirectory: join(directory, 'user-cache') }, SMALL)
  again.refresh()
  expect([again.behind, again.overview().indexedBytes]).toEqual([0, size])
  expect(again.overview()).toMatchObject({ records: 200, badLines, complete: true })
  expect(again.stats([{ name: 'val' }])).toEqual(stats)
  // New lines are read, and saved once there are enough of them.
  appendFileSync(path, lines(200, 202))
  readAll(again)
  expect(again.overview()).toMatchObject({ records: 202, resets: 0, lastStep: 201 })
  expect(savedOffset(directory)).toBe(size)
  appendFileSync(path, lines(202, 300))
  readAll(again)
  expect(savedOffset(directory)).toBe(readFileSync(path).length)
  expect(again.stats([{ name: 'loss' }])).toMatchObject([{ count: 300, mean: 149.5 }])
  again.close()
})

test('a cache on disk is not used for a file with different content, for a shorter file, or if caches are off', () => {
  const { directory, path, history } = open(lines(0, 200), SMALL)
  readAll(history)
  history.close()
  const read = (cacheDirectory: string | false): number => {
    const other = new HistoryFile(path, { cacheDirectory }, SMALL)
    other.refresh()
    const { behind } = other
    readAll(other)
    expect(other.overview().error).toBe(null)
    other.close()
    return behind
  }
  const size = readFileSync(path).length
  expect([read(join(directory, 'user-cache')), read(false)]).toEqual([0, size])
  const shorter = lines(0, 100)
  writeFileSync(path, shorter)
  expect(read(join(directory, 'user-cache'))).toBe(shorter.length)
  writeFileSync(path, lines(0, 200).replace('"loss":0', '"loss":1'))
  expect(read(join(directory, 'user-cache'))).toBe(size)
})

test('a cache that cannot be written is reported, and the history stays in memory', () => {
  const { directory, history } = open(lines(0, 200), SMALL)
  history.refresh()
  mkdirSync(join(directory, INDEX))
  while (history.behind > 0) history.step()
  expect(history.overview()).toMatchObject({ records: 200, complete: true })
  expect(history.overview().error).toMatch(/^the history cannot be cached on disk: /)
  expect(history.stats([{ name: 'loss' }])).toMatchObject([{ count: 200 }])
})

test('until a long file has been read, answers come from samples and are marked as incomplete', () => {
  const { history } = open(lines(0, 8000), { ...SMALL, longBytes: 10_000 })
  history.refresh()
  const early = history.overview()
  expect(early).toMatchObject({ complete: false, indexedBytes: 0, firstStep: 0, lastStep: 7999 })
  expect(early.records).toBeGreaterThan(100)
  expect(history.stats([{ name: 'loss' }])).toMatchObject([{ complete: false }])
  readAll(history)
  expect(history.stats([{ name: 'loss' }])).toMatchObject([{ complete: true, count: 8000 }])
})

test('a reader reports the position of each line, and waits for the end of the last one', () => {
  const path = join(temporaryDirectory(), 'file')
  writeFileSync(path, 'one\n\nthree\npart')
  const source = new Source(path)
  const reader = new LineReader()
  const found: [string, number][] = []
  const target = {
    line: (bytes: Buffer, start: number, end: number, offset: number) =>
      void found.push([bytes.toString('utf8', start, end), offset]),
    tooLong: () => {},
  }
  expect([reader.read(source, target), reader.offset]).toEqual([true, 11])
  expect([reader.read(source, target), reader.offset]).toEqual([false, 11])
  appendFileSync(path, 'ial\n')
  expect([reader.read(source, target), reader.read(source, target), reader.offset]).toEqual([true, false, 19])
  expect(found).toEqual([
    ['one', 0],
    ['', 4],
    ['three', 5],
    ['partial', 11],
  ])
  source.close()
})

test('the mark of a file depends on its first and its last 4096 bytes before the offset', () => {
  const path = join(temporaryDirectory(), 'file')
  const bytes = Buffer.alloc(20_000, 'a')
  const matches = (at: number): boolean => {
    writeFileSync(path, bytes)
    const source = new Source(path)
    const mark = source.mark(15_000)
    expect(mark).toEqual({ offset: 15_000, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) })
    const changed = Buffer.from(bytes)
    changed[at] = 98
    writeFileSync(path, changed)
    const isSame = source.matches(mark)
    source.close()
    return isSame
  }
  expect([0, 4095, 4096, 10_903, 10_904, 14_999, 15_000].map(matches)).toEqual([
    ...[false, false, true, true, false, false, true],
  ])
})

test('the state of a path is undefined if it does not exist, even through a link, and is an error if it is not a file', () => {
  const directory = temporaryDirectory()
  const path = join(directory, 'file')
  expect(sourceState(path)).toBeUndefined()
  symlinkSync(join(directory, 'nowhere'), join(directory, 'dangling'))
  expect(sourceState(join(directory, 'dangling'))).toBeUndefined()
  writeFileSync(path, 'abc')
  symlinkSync(path, join(directory, 'link'))
  const state = sourceState(path)
  expect(state).toMatchObject({ size: 3, inode: expect.any(BigInt), device: expect.any(BigInt) })
  expect(sourceState(join(directory, 'link'))).toEqual(state)
  expect(() => sourceState(directory)).toThrow(directory)
})

test('segments return what was written, and refuse an unknown segment, a range beyond the end and a file that is too short', () => {
  const directory = temporaryDirectory()
  const segments = new Segments(directory)
  segments.sync()
  expect(segments.list()).toEqual([])
  expect(segments.write(Buffer.from('first'))).toEqual({ segment: 0, offset: 0 })
  expect(segments.write(Buffer.from('second'))).toEqual({ segment: 0, offset: 5 })
  segments.sync()
  const [file] = segments.list()
  expect(file).toEqual({ name: expect.stringMatching(/^[0-9a-f]{12}\.columns$/), length: 11 })
  const into = Buffer.alloc(6)
  segments.read({ segment: 0, offset: 5 }, into)
  expect(into.toString()).toBe('second')
  expect(() => segments.read({ segment: 1, offset: 0 }, into)).toThrow('there is no segment 1')
  expect(() => segments.read({ segment: 0, offset: 6 }, into)).toThrow(`\`${file?.name}\` ends before byte 12`)
  const other = new Segments(directory)
  expect(() => other.add(file?.name ?? '', 12)).toThrow(`\`${file?.name}\` must be 12 bytes long, got 11`)
  other.close()
  // A second object never appends to the file of the first.
  other.add(file?.name ?? '', 11)
  expect(other.write(Buffer.from('x'))).toEqual({ segment: 1, offset: 0 })
  expect(readFileSync(join(directory, file?.name ?? ''), 'utf8')).toBe('firstsecond')
  // Orphans are deleted after an hour; files in use and other files never.
  const hour = 3_600_000
  segments.close()
  writeFileSync(join(directory, 'notes.txt'), '')
  segments.sweep(Date.now() + hour - 60_000)
  expect(existsSync(join(directory, file?.name ?? ''))).toBe(true)
  other.sweep(Date.now() + 2 * hour)
  expect(existsSync(join(directory, file?.name ?? ''))).toBe(true)
  segments.sweep(Date.now() + 2 * hour)
  expect(existsSync(join(directory, file?.name ?? ''))).toBe(false)
  expect(existsSync(join(directory, 'notes.txt'))).toBe(true)
  other.close()
})

test('a file that is rewritten in place while it is being read yields only its new content, in memory and in the cache', () => {
  const text = (name: string) =>
    Array.from({ length: 40_000 }, (_, step) => `{"step":${step},"metrics":{"${name}":${step}}}\n`).join('')
  const { directory, path, history } = open(text('old'), SMALL)
  history.refresh()
  history.step()
  expect(history.overview()).toMatchObject({ complete: false, names: [{ name: 'old' }] })
  writeFileSync(path, text('new'))
  readAll(history)
  expect(history.overview()).toMatchObject({
    complete: true,
    records: 40_000,
    names: [{ name: 'new', points: 40_000 }],
  })
  history.close()
  const again = new HistoryFile(path, { cacheDirectory: join(directory, 'user-cache') }, SMALL)
  again.refresh()
  expect([again.behind, again.overview().records]).toEqual([0, 40_000])
  expect(again.overview().names.map(({ name }) => name)).toEqual(['new'])
  again.close()
})

test('a file that is rewritten while it is being read is read again even if its size is not checked in between', () => {
  const text = (name: string) => `{"step":1,"metrics":{"${name}":1}}\n`.repeat(40_000)
  const { path, history } = open(text('old'))
  history.refresh()
  history.step()
  writeFileSync(path, text('new'))
  while (history.behind > 0) history.step()
  expect(history.overview().names.map(({ name, points }) => [name, points])).toEqual([['new', 40_000]])
})
