import { expect, test } from 'vitest'
import { type LadderRule, nextRung, type Rung, rungRate } from '../../src/judge.ts'

/** Runs a ladder; `levelOf` returns the level that a rung reaches. */
function climb(levelOf: (index: number) => number, rule: LadderRule): { tried: number[]; settled: number } {
  const rungs: Rung[] = []
  for (;;) {
    const move = nextRung(rungs, rule)
    if (move.kind === 'settle') return { tried: rungs.map(({ index }) => index), settled: move.index }
    rungs.push({ index: move.index, level: levelOf(move.index) })
  }
}

test('a ladder goes down until a rung is worse than an earlier one that learned, and settles below the best', () => {
  const levels = [0, 2.31, 2.29, 0.7, 0.4, 0.9]
  expect(climb((index) => levels[index] ?? 3, { first: 2.3, isTwoSided: false })).toEqual({
    tried: [1, 2, 3, 4, 5],
    settled: 5,
  })
  const half = { first: 2.3, isTwoSided: false, margin: 0.5 }
  expect(climb((index) => levels[index] ?? 3, half).settled).toBe(4.5)
  expect(rungRate(1, 4)).toBeCloseTo(0.01, 12)
})

test('a ladder does not end at rungs that diverge or do not learn, but ends after ten rungs', () => {
  expect(climb(() => Number.NaN, { first: 2.3, isTwoSided: false }).tried).toHaveLength(10)
  expect(climb((index) => (index < 6 ? Number.NaN : index - 5), { first: 2.3, isTwoSided: false }).settled).toBe(7)
})

test('a ladder for a run that does not learn searches on both sides, and a best above the first rate is used directly', () => {
  const levels = new Map([[1, 2.3], [-1, 1.5], [-2, 0.9], [-3, 1.2]]) // biome-ignore format: a table
  const { tried, settled } = climb((index) => levels.get(index) ?? 2.3, { first: 2.3, isTwoSided: true })
  expect(tried).toEqual([1, -1, -2, -3])
  expect(settled).toBe(-2)
  expect(climb((index) => (index === 2 ? 1 : 2.3), { first: 2.3, isTwoSided: true })).toEqual({
    tried: [1, -1, 2, 3],
    settled: 3,
  })
})
