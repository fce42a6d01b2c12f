import { expect, test } from 'vitest'
import { BASELINE, PROBLEMS, type Problem } from '../bench/problems.ts'
import { CHECKPOINTS, measureQuality } from '../bench/quality.ts'
import { holm, mannWhitneyLarger, median, shareLarger } from '../bench/statistics.ts'
import { haltonSampler, randomSampler, type Sampler, tpe } from '../src/index.ts'
import baseline from './fixtures/tpe-baseline.json' with { type: 'json' }

const optuna: Record<string, { seed: number; best: Record<string, number> }[]> = baseline.engines['optuna-5.0.0dev']

const cells = BASELINE.flatMap((problem) => {
  const ours = measureQuality(problem, tpe(), 20)
  return CHECKPOINTS.map((count) => ({
    name: `${problem.name} ${count}`,
    ours: ours[count] ?? [],
    theirs: (optuna[problem.name] ?? []).map((row) => row.best[count] ?? Number.NaN),
  }))
})

test('the statistics agree with worked examples', () => {
  // scipy 1.17: mannwhitneyu(a, b, alternative='greater', method='asymptotic').pvalue
  expect(mannWhitneyLarger([1.1, 2.2, 3.3, 4.4, 9], [0.5, 1.1, 2, 2.1, 3])).toBeCloseTo(0.05803697165495004, 12)
  expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06])
  expect([shareLarger([1, 2], [1, 0]), median([3, 1, 2, 10])]).toEqual([0.875, 2.5])
})

test('in none of the nine cells is it significantly worse than Optuna 5.0.0.dev', () => {
  expect(cells.map((cell) => [cell.ours.length, cell.theirs.length])).toEqual(cells.map(() => [20, 20]))
  const ps = holm(cells.map(({ ours, theirs }) => mannWhitneyLarger(ours, theirs)))
  expect(cells.filter((_, i) => (ps[i] ?? 0) < 0.05).map(({ name }) => name)).toEqual([])
})

test('its value is larger than that of Optuna 5.0.0.dev in fewer than half of all pairs', () => {
  const shares = cells.map(({ ours, theirs }) => shareLarger(ours, theirs))
  expect(shares.reduce((a, b) => a + b) / shares.length).toBeLessThan(0.5)
})

test('the medians match the published ones', () => {
  const rounded = Object.fromEntries(cells.map(({ name, ours }) => [name, Number(median(ours).toPrecision(4))]))
  expect(rounded).toMatchInlineSnapshot(`
    {
      "ackley5 100": 5.855,
      "ackley5 200": 3.629,
      "ackley5 50": 9.66,
      "branin 100": 0.411,
      "branin 200": 0.3994,
      "branin 50": 0.4728,
      "hartmann6 100": -3.232,
      "hartmann6 200": -3.296,
      "hartmann6 50": -3.053,
    }
  `)
})

function final(problem: Problem, sampler: Sampler): number[] {
  return [...(measureQuality(problem, sampler, 5)['200'] ?? [])]
}

for (const problem of PROBLEMS) {
  test(`on ${problem.name} it beats random search and Halton after 200 evaluations`, () => {
    const ours = final(problem, tpe())
    expect(shareLarger(ours, final(problem, randomSampler()))).toBeLessThan(0.4)
    expect(shareLarger(ours, final(problem, haltonSampler()))).toBeLessThan(0.4)
  })
}

test('on branches it leaves the first good arm, on which Optuna stays for 200 evaluations', () => {
  const decoy = PROBLEMS.find(({ name }) => name === 'decoy')
  if (decoy === undefined) throw new Error('unreachable: the problem exists')
  // The easy arm's best value is 0.5; the hard arm's is 0.
  expect(final(decoy, tpe()).filter((value) => value > 0.1)).toEqual([])
})
