import { expect, test } from 'vitest'
import { type Arm, type Row, summarize } from '../src/index.ts'
import { median, medianEstimate, shareEstimate } from '../src/statistics.ts'
import { CHANCE } from '../src/train.ts'

const TASKS = [
  { name: 'good', title: 'Good', good: 'good', isGood: true },
  { name: 'bad', title: 'Bad', good: 'good', isGood: false },
  { name: 'alone', title: 'Alone', good: null, isGood: false },
]
const ARMS: readonly Arm[] = ['nothing', 'a-a', 'tune', 'llm', 'replay'].map((name) => ({ name, title: name }))

function row(task: string, arm: string, seed: number, loss: number, more: Partial<Row> = {}): Row {
  const cost = { seconds: 1, usd: 0, tokens: 0, weights: 'w' }
  return { task, arm, seed, budget: 100, loss, accuracy: 0.9, steps: 100, last: 100, actions: 2, ...cost, ...more }
}

function comparisonOf(rows: readonly Row[], task: string, arm: string) {
  return summarize(rows, 100, ARMS, TASKS).comparisons.find((one) => one.task === task && one.arm === arm)
}

test('rows of another budget and of unknown tasks do not count, and tasks without rows are left out', () => {
  const rows = [
    row('good', 'nothing', 1, 1),
    row('good', 'tune', 1, 2),
    row('bad', 'nothing', 1, 1, { budget: 99 }),
    row('elsewhere', 'nothing', 1, 1),
  ]
  const { tasks, comparisons, budget } = summarize(rows, 100, ARMS, TASKS)
  expect([budget, tasks]).toEqual([100, [TASKS[0]]])
  expect(comparisons.map(({ task, arm }) => [task, arm])).toEqual([
    ['good', 'nothing'],
    ['good', 'tune'],
  ])
})

test('actions, steps and seconds are medians per run, and cost and tokens are sums', () => {
  const more = [1, 2, 6].map((factor) => ({
    ...{ actions: factor, steps: 10 * factor, seconds: 100 * factor, usd: factor / 2, tokens: 7 * factor },
  }))
  const rows = more.flatMap((one, at) => [row('good', 'nothing', at, 1), row('good', 'tune', at, at + 1, one)])
  expect(comparisonOf(rows, 'good', 'tune')).toMatchObject({
    ...{ seeds: 3, loss: 2, actions: 2, steps: 20, seconds: 200, usd: 4.5, tokens: 63 },
  })
})

test('a seed without an untouched run on the same task is left out', () => {
  const rows = [
    row('good', 'nothing', 1, 1),
    row('bad', 'nothing', 2, 1),
    row('good', 'a-a', 2, 1),
    row('good', 'tune', 1, 2),
    row('good', 'tune', 2, 8),
  ]
  const tune = comparisonOf(rows, 'good', 'tune')
  expect(tune).toMatchObject({ seeds: 1, loss: 2 })
  expect(tune?.ratio.value).toBeCloseTo(Math.log(2), 12)
  expect(comparisonOf(rows, 'good', 'llm')).toBeUndefined()
})

test('the untouched runs and the A/A runs have no p value', () => {
  const rows = [1, 2, 3].flatMap((seed) => [
    row('good', 'nothing', seed, 1),
    row('good', 'a-a', seed, 1.1),
    row('good', 'tune', seed, 1 + seed),
  ])
  // Three differences with the same sign: 2 / 2^3.
  const p = (arm: string) => comparisonOf(rows, 'good', arm)?.p
  expect([p('nothing'), p('a-a'), p('tune')]).toEqual([null, null, 0.25])
})

test('a run is lost when its loss is above nine tenths of that of guessing', () => {
  const losses = [0.89 * CHANCE, 0.91 * CHANCE, CHANCE]
  const rows = losses.flatMap((loss, seed) => [row('bad', 'nothing', seed, 1), row('bad', 'tune', seed, loss)])
  expect(comparisonOf(rows, 'bad', 'tune')?.lost).toEqual([1, 2])
})

test('a run is within 1.3 times the median of the good untouched runs, or not compared if there are none', () => {
  const rows = [1, 2, 3].flatMap((seed) => [
    row('good', 'nothing', seed, seed),
    row('good', 'tune', seed, 50),
    row('bad', 'nothing', seed, 9),
    row('bad', 'tune', seed, [2.5, 2.6, 2.7][seed - 1] ?? 0),
    row('alone', 'nothing', seed, 1),
  ])
  expect(comparisonOf(rows, 'bad', 'tune')?.within?.value).toBeCloseTo(2 / 3, 12)
  expect(comparisonOf(rows, 'alone', 'nothing')?.within).toBeNull()
  const withoutGood = rows.filter(({ task, arm }) => task !== 'good' || arm !== 'nothing')
  expect(comparisonOf(withoutGood, 'bad', 'tune')?.within).toBeNull()
})

test('harm that equals its limit is within it, and the limit is never below 0.05', () => {
  const factors = { 'a-a': 0.9, tune: Math.exp(0.049), llm: Math.exp(0.051) }
  const rows = [
    row('good', 'nothing', 1, 1),
    row('bad', 'nothing', 1, 1),
    row('bad', 'tune', 1, 9),
    ...Object.entries(factors).map(([arm, factor]) => row('good', arm, 1, factor)),
  ]
  const { harm } = summarize(rows, 100, ARMS, TASKS)
  expect(harm.map(({ arm, limit, isWithin }) => [arm, limit, isWithin])).toEqual([
    ['tune', 0.05, true],
    ['llm', 0.05, false],
  ])
  expect(harm[1]?.bound).toBeCloseTo(0.051, 12)
})

test('a replay is equal if a run of the tuner with its task, its seed and its weights exists', () => {
  const tuned = row('good', 'tune', 1, 1, { weights: 'aa' })
  const replay = row('good', 'replay', 1, 1, { weights: 'aa' })
  const replays = (...rows: readonly Row[]) => summarize(rows, 100, ARMS, TASKS).replays
  expect(replays(tuned)).toBeNull()
  expect(replays(tuned, replay)).toEqual({ equal: 1, count: 1 })
  expect(replays({ ...tuned, arm: 'llm' }, replay)).toEqual({ equal: 0, count: 1 })
  expect(replays({ ...tuned, task: 'bad' }, replay)).toEqual({ equal: 0, count: 1 })
  expect(replays({ ...tuned, seed: 2 }, replay)).toEqual({ equal: 0, count: 1 })
})

test('an arm has only the rows of its own model, and has its mark', () => {
  const arms: readonly Arm[] = [
    { name: 'nothing', title: '' },
    { name: 'llm', title: '', model: 'a-model', mark: 'paid' },
  ]
  const rows = [
    row('good', 'nothing', 1, 1),
    row('good', 'nothing', 2, 1),
    row('good', 'llm', 1, 2, { model: 'a-model' }),
    row('good', 'llm', 2, 5, { model: 'other' }),
  ]
  const [untouched, llm] = summarize(rows, 100, arms, TASKS).comparisons
  expect(untouched?.mark).toBeNull()
  expect(llm).toMatchObject({ seeds: 1, loss: 2, mark: 'paid' })
})

test('the median of an even number of values is the middle of the two in the middle', () => {
  expect(median([10, 2, 1])).toBe(2)
  expect(median([10, 2, 1, 4])).toBe(3)
  expect(median([5])).toBe(5)
  expect(median([])).toBeNaN()
})

test('the interval of a median widens with the spread, and never extends beyond the values', () => {
  const narrow = medianEstimate([1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2])
  expect(narrow.value).toBe(1.5)
  expect(narrow.low).toBeGreaterThanOrEqual(1.1)
  expect(narrow.low).toBeLessThan(1.4)
  expect(narrow.high).toBeGreaterThan(1.6)
  expect(narrow.high).toBeLessThanOrEqual(1.9)
  expect(medianEstimate([3, 3, 3])).toEqual({ value: 3, low: 3, high: 3 })
})

test('a fraction of nothing has no value, and an interval stays between 0 and 1', () => {
  expect(shareEstimate(0, 0)).toEqual({ value: Number.NaN, low: Number.NaN, high: Number.NaN })
  const all = shareEstimate(5, 5)
  expect(all).toMatchObject({ value: 1, high: 1 })
  // Wilson's lower end for n of n is n / (n + z^2).
  expect(all.low).toBeCloseTo(5 / (5 + 1.959964 ** 2), 10)
})
