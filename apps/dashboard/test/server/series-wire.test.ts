import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { FileProblems, problemOfOthers, uselessEnd } from '../../src/server/file-problems.ts'
import type { HistoryPort } from '../../src/server/history-store.ts'
import { wireBuckets, wirePoints, wireStats, wireWindow } from '../../src/server/series-wire.ts'
import { openStatSummaries } from '../../src/server/table/stat-summaries.ts'
import type { WireSeriesStats } from '../../src/shared/wire.ts'
import { temporaryRoot } from '../fixture.ts'

const numbers = (...values: number[]) => Float64Array.from(values)
const counts = (...values: number[]) => Uint32Array.from(values)

const BUCKETS = {
  ...{ firstStep: numbers(1, 5), lastStep: numbers(4, 9), mean: numbers(1.5, Number.NaN), min: numbers(1, Number.NaN) },
  ...{ max: numbers(2, Number.POSITIVE_INFINITY), minStep: numbers(1, 1), maxStep: numbers(2, 2), points: 7 },
  ...{ first: numbers(1, Number.NaN), last: numbers(2, 3), count: counts(4, 3), gaps: counts(0, 2) },
}
const WIRED = {
  ...{ first_step: [1, 5], last_step: [4, 9], count: [4, 3], gaps: [0, 2], mean: [1.5, null], min: [1, null] },
  ...{ max: [2, null], first: [1, null], last: [2, 3] },
}
const EMPTY = Object.fromEntries(Object.keys(WIRED).map((key) => [key, []]))

test('a window is sent with lists, and null for values that are not finite', () => {
  // Only these fields of a window are sent.
  const found = { name: 'm', complete: false, buckets: BUCKETS, ema: undefined, ghosts: [] } as never
  expect(wireBuckets(BUCKETS as never)).toEqual(WIRED)
  expect(wireWindow('m', found)).toEqual({
    name: 'm',
    count: 7,
    complete: false,
    buckets: WIRED,
    ema: null,
    ghosts: [],
  })
  const end = { weight: 0.5 }
  const ema = { mean: numbers(1, Number.NaN), last: numbers(Number.NaN, 2), end }
  const ghosts = [{ attempt: 2, buckets: BUCKETS }]
  expect(wireWindow('m', { name: 'm', complete: true, buckets: BUCKETS, ema, ghosts } as never)).toEqual({
    ...{ name: 'm', count: 7, complete: true, buckets: WIRED },
    ema: { mean: [1, null], last: [null, 2], end },
    ghosts: [{ attempt: 2, buckets: WIRED }],
  })
  expect(wireWindow('none', undefined)).toEqual({
    ...{ name: 'none', count: 0, complete: true, buckets: EMPTY, ema: null, ghosts: [] },
  })
})

test('statistics and points are sent; an unknown name has none', () => {
  const at = (step: number, value: number) => ({ step, value })
  const stats = {
    ...{ name: 'm', complete: false, count: 3, gaps: 1, mean: Number.NaN, min: at(1, 2), max: at(2, 3) },
    ...{ first: at(0, Number.NaN), last: at(9, 4), firstTime: 5, lastTime: Number.NaN, parts: [1, Number.NaN] },
  }
  expect(wireStats('m', stats as never, 2)).toEqual({
    ...{ name: 'm', complete: false, count: 3, gaps: 1, mean: null, min: at(1, 2), max: at(2, 3) },
    ...{ first: { step: 0, value: null }, last: at(9, 4), first_time: 5, last_time: null, parts: [1, null] },
  })
  const bare = { ...stats, mean: 2, min: undefined, max: undefined, first: undefined, last: undefined, parts: [] }
  expect(wireStats('m', bare as never, 0)).toMatchObject({ mean: 2, min: null, max: null, first: null, last: null })
  expect(wireStats('none', undefined, 2)).toEqual({
    ...{ name: 'none', complete: true, count: 0, gaps: 0, mean: null, min: null, max: null, first: null, last: null },
    ...{ first_time: null, last_time: null, parts: [null, null] },
  })
  const points = {
    name: 'm',
    complete: false,
    steps: numbers(1, 2),
    values: numbers(3, Number.NaN),
    times: numbers(Number.NaN, 4),
  }
  expect(wirePoints('m', points as never)).toEqual({
    ...{ name: 'm', complete: false, steps: [1, 2], values: [3, null], times: [null, 4] },
  })
  expect(wirePoints('none', undefined)).toEqual({ name: 'none', complete: true, steps: [], values: [], times: [] })
})

test('problems of files are kept by file, each text once, until the file can be read', async () => {
  const problems = new FileProblems()
  expect(problems.text).toBe(null)
  await problems.during('a', async () => 'first')
  await problems.during('b', () => Promise.reject(new Error('second')))
  await problems.during('c', async () => 'first')
  expect(problems.text).toBe('first; second')
  await problems.during('a', async () => null)
  await problems.during('c', async () => null)
  expect(problems.text).toBe('second')
})

test('the end of a file without a valid line is a problem, unless its only line is incomplete', () => {
  const useless = '`p` does not end with a valid line'
  expect(uselessEnd('p', 5, [], 5)).toBe(null)
  expect(uselessEnd('p', 6, [], 5)).toBe(useless)
  expect(uselessEnd('p', 1, [{ text: 'x', offset: 0 } as never], 5)).toBe(useless)
})

test('each of the files that a row does not read may have a problem', async () => {
  const dir = temporaryRoot()
  expect(await problemOfOthers(dir, [dir])).toBe(null)
  writeFileSync(join(dir, 'hotcb.commands.jsonl'), '')
  expect(await problemOfOthers(dir, [dir])).toBe(null)
  const names = ['hotcb.actuators.json', 'hotcb.capabilities.json', 'hotcb.features.jsonl', 'hotcb.log']
  for (const name of names) mkdirSync(join(dir, name))
  const lines = (await problemOfOthers(dir, [dir]))?.split('; ') ?? []
  expect(lines).toEqual(names.map((name) => expect.stringContaining(join(dir, name))))
})

/** Statistics of these metrics: minimum 1, maximum 9, last 5. */
function statsOf(names: readonly string[], complete: boolean): readonly WireSeriesStats[] {
  const at = (value: number) => ({ step: 1, value })
  return names.map((name) => {
    const isKnown = name !== 'unknown'
    const [min, max, last] = isKnown ? [at(1), at(9), at(5)] : [null, null, null]
    return {
      name,
      complete,
      count: 1,
      gaps: 0,
      mean: 1,
      min,
      max,
      first: null,
      last,
      first_time: null,
      last_time: null,
      parts: [],
    }
  })
}

test('statistics of runs are read in the background, once for each version of a file', async () => {
  // The clock does not move, because a file may be read again after five seconds.
  const now = performance.now()
  const clock = vi.spyOn(performance, 'now').mockReturnValue(now)
  onTestFinished(() => void clock.mockRestore())
  const opened: string[] = []
  let complete = true
  const summaries = openStatSummaries((dir) => {
    opened.push(dir)
    const stats = async (requests: readonly { name: string }[]) => {
      if (dir === '/broken') throw new Error('broken')
      return statsOf(
        requests.map(({ name }) => name),
        complete,
      )
    }
    // The summaries use no other method of a history.
    return { stats, close: async () => undefined } as unknown as HistoryPort
  })
  const run = (dir: string) => ({ id: dir, name: dir, dir, roots: [] })
  const all = ['/a', '/broken'].map((dir) => ({ run: run(dir), stamp: '1' }))
  expect([summaries.version, summaries.want(all, new Set()), summaries.value(run('/a'), 'loss', 'min')]).toEqual([
    ...[0, 0, undefined],
  ])
  expect(summaries.want(all, new Set(['loss', 'acc', 'unknown']))).toBe(2)
  await vi.waitFor(() => expect(summaries.version).toBe(1), { timeout: 300_000 })
  const value = (name: string, dir = '/a') =>
    (['min', 'max', 'last', 'best'] as const).map((stat) => summaries.value(run(dir), name, stat))
  expect([value('loss'), value('acc'), value('unknown')]).toEqual([
    [1, 9, 5, 1],
    [1, 9, 5, 9],
    [null, null, null, null],
  ])
  expect([value('other'), value('loss', '/broken')]).toEqual([
    [undefined, undefined, undefined, undefined],
    [null, null, null, null],
  ])
  expect(opened).toEqual(['/a', '/broken'])
  expect(summaries.want(all, new Set(['loss']))).toBe(0)
  // A file that has just been read is left alone for a while, even if it has grown.
  expect(summaries.want([{ run: run('/a'), stamp: '2' }], new Set(['loss']))).toBe(0)
  complete = false
  expect(summaries.want(all, new Set(['loss', 'new']))).toBe(2)
  await vi.waitFor(() => expect(summaries.version).toBe(2), { timeout: 300_000 })
  expect(value('new')).toEqual([1, 9, 5, 1])
  await summaries.close()
  expect(summaries.want(all, new Set(['newer']))).toBe(2)
  expect(opened).toHaveLength(4)
})
