import { expect, test } from 'vitest'
import { branch, choice, createStudy, float, int, randomSampler, type Space } from '../src/index.ts'
import { plotNumber, plotScale, plotShade } from '../src/plot/svg.ts'
import * as plots from '../src/plot.ts'

const space: Space = {
  lr: float(1e-5, 1, { log: true }),
  n: int(1, 9, { step: 2 }),
  kind: choice(['adam', 'sgd & co', null]),
  head: branch({ linear: {}, mlp: { width: int(8, 64) } }),
}

/** A study of 14 trials, among them failed, pruned, infinite and running ones. */
function small() {
  let nowMs = 1000
  const clock = (): number => {
    nowMs += 750
    return nowMs
  }
  const study = createStudy({ space, sampler: randomSampler(), seed: 3, clock })
  for (let i = 0; i < 13; i++) {
    const trial = study.ask()
    const value = Math.abs(Math.log10(Number(trial.params['lr'])) + 3) + Number(trial.params['n']) / 10
    study.tell(trial, i === 4 ? 'failed' : i === 5 ? 'pruned' : i === 6 ? Infinity : value)
  }
  study.ask()
  return study
}

const empty = createStudy({ space, sampler: randomSampler() })
const twoObjectives = createStudy({ space, directions: ['minimize', 'maximize'], sampler: randomSampler() })
for (let i = 0; i < 9; i++) twoObjectives.tell(twoObjectives.ask(), [i, (i * 4) % 9])
twoObjectives.tell(twoObjectives.ask(), [Infinity, 1])

const DRAWINGS: Readonly<Record<string, () => string>> = {
  history: () => plots.plotHistory(small()),
  'slice-of-numbers': () => plots.plotSlice(small(), 'lr'),
  'slice-of-names': () => plots.plotSlice(small(), 'kind'),
  contour: () => plots.plotContour(small(), 'lr', 'n'),
  'contour-of-names': () => plots.plotContour(small(), 'kind', 'lr'),
  rank: () => plots.plotRank(small(), 'head.mlp.width', 'kind'),
  parallel: () => plots.plotParallelCoordinate(small()),
  importances: () => plots.plotParamImportances(small()),
  'pareto-front': () => plots.plotParetoFront(twoObjectives),
  timeline: () => plots.plotTimeline(small()),
  'history-without-trials': () => plots.plotHistory(empty),
  'timeline-without-trials': () => plots.plotTimeline(empty),
}

// Inspect the new drawing before you record it with `-u`.
test.each(Object.entries(DRAWINGS))('the drawing %s equals the recorded one', async (name, draw) => {
  await expect(draw()).toMatchFileSnapshot(`fixtures/plots/${name}.svg`)
})

const ticks = (values: readonly unknown[], log = false) =>
  plotScale(values, log).ticks.map(({ at, label }) => [Number(at.toFixed(6)), label])

test('a scale places numbers between the smallest and the largest, and labels round numbers', () => {
  expect(ticks([0, 60])).toEqual(
    [0, 10, 20, 30, 40, 50, 60].map((value) => [Number((value / 60).toFixed(6)), `${value}`]),
  )
  expect(ticks([3, 3])).toEqual([[0.5, '3']])
  expect(ticks([])).toEqual([])
  expect(ticks([2, 3])).toEqual([
    [0, '2'],
    [1, '3'],
  ])
  expect(ticks([1, 100], true)).toEqual([
    [0, '1'],
    [0.5, '10'],
    [1, '100'],
  ])
  // There is no logarithm of 0.
  expect(ticks([0, 1, 10], true)).toEqual(ticks([0, 1, 10]))
  expect(ticks([1, Infinity, 2, Number.NaN])).toEqual(ticks([1, 2]))
  expect(ticks([1e-9, 1e9], true).map(([, label]) => label)).toEqual([
    '1e-9',
    '0.000001',
    '0.001',
    '1',
    '1000',
    '1000000',
    '1000000000',
  ])
  expect(plotScale([1, 100], true).at(10)).toBeCloseTo(0.5, 12)
  expect(plotScale([]).at(7)).toBe(0.5)
})

test('a scale of names puts them in alphabetical order, and labels at most 12', () => {
  expect(ticks(['b', null, 'a', 'b'])).toEqual([
    [0.166667, 'a'],
    [0.5, 'b'],
    [0.833333, 'null'],
  ])
  const letters = [...'abcdefghijklm']
  expect(ticks(letters.slice(1))).toHaveLength(12)
  expect(ticks(letters)).toEqual([])
  expect(plotScale(letters).at('m')).toBeCloseTo(12.5 / 13, 12)
})

test('numbers have three digits, and shades range from blue to yellow', () => {
  expect([1234.5, 0.000123456, 'a', null, Infinity].map(plotNumber)).toEqual([
    '1230',
    '0.000123',
    'a',
    'null',
    'Infinity',
  ])
  expect([-1, 0, 0.5, 1, 2, Number.NaN].map(plotShade)).toEqual([
    'rgb(37,99,235)',
    'rgb(37,99,235)',
    'rgb(145,162,153)',
    'rgb(253,224,71)',
    'rgb(253,224,71)',
    'rgb(253,224,71)',
  ])
})

test('a plot rejects a parameter that the space does not have', () => {
  const study = small()
  const message = '`lrr` is not a parameter of the space'
  expect(() => plots.plotSlice(study, 'lrr')).toThrow(message)
  expect(() => plots.plotContour(study, 'lr', 'lrr')).toThrow(message)
  expect(() => plots.plotRank(study, 'lrr', 'lr')).toThrow(message)
})
