import { describe, expect, test } from 'vitest'
import type { Halving } from '../src/config/config.ts'
import { bracketOf, bracketSizes, bracketsOf } from '../src/planners/brackets.ts'
import { comparedSteps, judgeHalving, planHalving, standingsOf } from '../src/planners/halving.ts'
import { medianSteps } from '../src/planners/judge-median.ts'
import {
  type Contender,
  firstAfter,
  hasArrived,
  ranksOf,
  rungSteps,
  scoreAt,
  valueOfScore,
} from '../src/planners/rungs.ts'

// Single checks of trials with early stopping. halving.prop.test.ts and planners.prop.test.ts run whole stories.

const HALVING: Halving = {
  ...{
    metric: 'val',
    direction: 'min',
    minSteps: 5,
    budget: 20,
    eta: 2,
    mode: 'sync',
    smooth: 1,
    startup: 2,
    interval: 5,
  },
}

function at(i: number, points: Readonly<Record<number, number | null>>, more: Partial<Contender> = {}): Contender {
  const series = Object.entries(points).map(([step, value]) => ({ step: Number(step), value }))
  return { i, isAlive: true, mayArrive: true, series, ...more }
}
const gone = { isAlive: false, mayArrive: false }
const paused = { isAlive: false, mayArrive: true }

const told = (contenders: readonly Contender[], more: Partial<Halving> = {}, decided: Readonly<Record<string, string>> = {}, free?: number) =>
  planHalving(contenders, { ...HALVING, ...more }, (key) => decided[key], free).map(({ trial, verdict, standing }) => `${trial} ${verdict} at ${standing.step}`) // biome-ignore format: short

describe("a trial's score at a rung", () => {
  const series = at(0, { 4: 8, 6: 1, 8: 3, 10: 5, 12: 9 })

  test('is the mean of its last values since the previous rung, or the first value after the rung', () => {
    const score = (step: number, smooth = 1) => scoreAt(series, step, { ...HALVING, smooth })
    expect([score(10), score(10, 2), score(10, 3), score(10, 9)]).toEqual([5, 4, 3, 3])
    expect([score(5), score(5, 3)]).toEqual([8, 8])
    expect(score(20)).toBe(9)
    expect(scoreAt(at(0, { 1: 7, 30: 2 }), 10, HALVING)).toBe(2)
    expect(scoreAt(series, 10, { ...HALVING, direction: 'max' })).toBe(-5)
  })

  test('is the worst if a value is not a number, or if there is none', () => {
    for (const value of [null, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(scoreAt(at(0, { 9: 1, 10: value }), 10, { ...HALVING, smooth: 2 })).toBe(Number.POSITIVE_INFINITY)
    }
    expect(scoreAt(at(0, {}), 10, HALVING)).toBe(Number.POSITIVE_INFINITY)
    expect([valueOfScore(5, HALVING), valueOfScore(-5, { direction: 'max' }), valueOfScore(Number.POSITIVE_INFINITY, HALVING)]).toEqual([5, 5, null]) // biome-ignore format: short
    expect(Object.is(valueOfScore(0, { direction: 'max' }), 0)).toBe(true)
  })

  test('is computed from positions, arrivals and ranks', () => {
    expect([0, 4, 5, 11, 12, 99].map((step) => firstAfter(series.series, step))).toEqual([0, 1, 1, 4, 5, 5])
    expect([hasArrived(series, 12), hasArrived(series, 13), hasArrived(at(0, {}), 0)]).toEqual([true, false, false])
    const ranks = ranksOf([{ i: 3, score: 1 }, { i: 1, score: 1 }, { i: 2, score: 0 }]) // biome-ignore format: a table
    expect([...ranks].map(([i, { ahead }]) => [i, ahead])).toEqual([[2, 0], [1, 1], [3, 2]]) // biome-ignore format: pairs
    expect(rungSteps({ minSteps: 5, budget: 20, eta: 2 })).toEqual([5, 10, 20])
    expect(rungSteps({ minSteps: 5, budget: 19, eta: 2 })).toEqual([5, 10])
    expect(medianSteps({ ...HALVING, interval: 4 })).toEqual([5, 9, 13, 17])
  })
})

describe('sync', () => {
  test('decides as soon as no later trial can change the result, and pauses the others', () => {
    // The best two of four continue.
    expect(told([at(0, { 5: 1 }), at(1, { 5: 2 }), at(2, { 3: 0 }), at(3, {})])).toEqual([
      '0 pause at 5',
      '1 pause at 5',
    ])
    expect(told([at(0, { 5: 1 }), at(1, { 5: 2 }), at(2, { 5: 3 }), at(3, {})])).toEqual([
      ...['0 promote at 5', '1 pause at 5', '2 prune at 5'],
    ])
    expect(told([at(0, { 5: 1 }), at(1, { 5: 2 }), at(2, { 5: 3 }), at(3, {}, gone)])).toEqual([
      ...['0 promote at 5', '1 promote at 5', '2 prune at 5'],
    ])
  })

  test('compares at the next rung the trials that were promoted and those that may still be promoted', () => {
    const four = [at(0, { 10: 1 }), at(1, { 5: 2 }, paused), at(2, { 5: 3 }, gone), at(3, { 5: 4 }, gone)]
    const first = { 'sh/val/5/0': 'promote', 'sh/val/5/2': 'prune', 'sh/val/5/3': 'prune' }
    // Trial 1 may still be promoted, so trial 0 must wait for it.
    expect(told(four, {}, first)).toEqual(['1 promote at 5', '0 pause at 10'])
    expect(told(four, {}, { ...first, 'sh/val/5/1': 'promote' })).toEqual(['0 pause at 10'])
    expect(told(four, {}, { ...first, 'sh/val/5/1': 'prune' })).toEqual(['0 promote at 10'])
  })

  test('repeats no decision, and makes none at the full budget or about trials that have ended', () => {
    expect(told([at(0, { 20: 1 })], {}, { 'sh/val/5/0': 'promote', 'sh/val/10/0': 'promote' })).toEqual([])
    expect(told([at(0, { 5: 1 }, gone), at(1, { 5: 2 })])).toEqual(['1 prune at 5'])
    expect(told([at(0, { 5: 1 }, paused), at(1, {})])).toEqual([])
  })

  test('shows each trial with its value, the number of better trials, and the number that may still arrive', () => {
    const [one, two] = judgeHalving([at(0, { 5: 7 }), at(1, { 5: 6 }), at(2, {})], HALVING, () => undefined)
    expect(one).toEqual({
      ...{ key: 'sh/val/5/0', trial: 0, verdict: 'pause', isDecided: false },
      standing: { rung: 0, step: 5, value: 7, cohort: 3, keep: 2, ahead: 1, open: 1 },
    })
    expect(two?.standing).toMatchObject({ value: 6, ahead: 0 })
  })
})

describe('asha', () => {
  test('promotes all trials until eta have arrived, and then only the best fraction, independently at each rung', () => {
    expect(told([at(0, { 5: 9 })], { mode: 'asha' })).toEqual(['0 promote at 5'])
    expect(told([at(0, { 5: 9 }), at(1, { 5: 1 })], { mode: 'asha', eta: 3 })).toEqual([
      '0 promote at 5',
      '1 promote at 5',
    ])
    expect(told([at(0, { 10: 9 }), at(1, { 10: 1 }), at(2, { 5: 5 })], { mode: 'asha' })).toEqual([
      ...['0 prune at 5', '1 promote at 5', '2 prune at 5', '1 promote at 10'],
    ])
  })
})

describe('asha_promote', () => {
  const mode = { mode: 'asha_promote' } as const

  test('pauses each trial at a rung until a slot is free; the best continue first, from the highest rung down', () => {
    const four = [1, 2, 3, 4].map((value, i) => at(i, { 5: value }))
    expect(told(four, mode, {}, -3)).toEqual(['0 promote at 5', '1 pause at 5', '2 pause at 5', '3 pause at 5'])
    expect(told(four, mode, {}, -4)).toEqual(['0 pause at 5', '1 pause at 5', '2 pause at 5', '3 pause at 5'])
    expect(told(four, mode, {}, 0)).toEqual(['0 promote at 5', '1 promote at 5', '2 pause at 5', '3 pause at 5'])
    const waiting = four.map((one) => ({ ...one, ...paused }))
    expect(told(waiting, mode, {}, 1)).toEqual(['0 promote at 5'])
    expect(told(waiting, mode, {}, 0)).toEqual([])
    const two = [at(0, { 10: 1 }, paused), at(1, { 10: 2 }, paused), ...waiting.slice(2)]
    expect(told(two, mode, { 'sh/val/5/0': 'promote', 'sh/val/5/1': 'promote' }, 1)).toEqual(['0 promote at 10'])
  })

  test('promotes the best trial at the top if no other can continue, unless one has reached the budget', () => {
    expect(told([at(0, { 5: 1 }, paused)], mode, {}, 1)).toEqual(['0 promote at 5'])
    expect(told([at(0, { 5: 1 }, paused), at(1, { 3: 1 })], mode, {}, 1)).toEqual([])
    expect(told([at(0, { 5: 1 }, paused), at(1, { 20: 0 }, gone)], mode, { 'sh/val/5/1': 'promote' }, 1)).toEqual([])
    expect(told([at(0, { 5: 1 }, paused), at(1, { 9: 0 }, gone)], mode, { 'sh/val/5/1': 'promote' }, 1)).toEqual([
      '0 promote at 5',
    ])
    expect(told([at(0, { 5: 1 }, paused), at(1, { 3: 1 }, paused)], mode, {}, 1)).toEqual([])
  })
})

describe('hyperband', () => {
  const wide = { ...HALVING, mode: 'hyperband', minSteps: 1, budget: 9, eta: 3 } as const

  test('has brackets that start comparing at different steps, and assigns trials to them in proportion to their sizes', () => {
    expect(bracketsOf(wide).map(({ minSteps, mode }) => [minSteps, mode])).toEqual([[9, 'asha'], [3, 'asha'], [1, 'asha']]) // biome-ignore format: pairs
    expect(bracketsOf({ ...wide, budget: 10 }).map(({ minSteps }) => minSteps)).toEqual([10, 4, 2])
    expect(bracketSizes(wide)).toEqual([3, 5, 9])
    const dealt = Array.from({ length: 34 }, (_, i) => bracketOf(i, wide))
    expect(dealt.slice(0, 17)).toEqual(dealt.slice(17))
    expect([0, 1, 2].map((bracket) => dealt.slice(0, 17).filter((one) => one === bracket).length)).toEqual([3, 5, 9])
    expect(dealt.slice(0, 3).sort()).toEqual([0, 1, 2])
    expect(dealt[0]).toBe(2)
    expect(comparedSteps(wide)).toEqual([1, 3, 9])
    expect([comparedSteps(HALVING), comparedSteps({ ...HALVING, mode: 'median' })]).toEqual([[5, 10, 20], [5, 10, 15]]) // biome-ignore format: pairs
  })

  test('compares only trials in the same bracket', () => {
    const [a = 0, b = 0] = Array.from({ length: 17 }, (_, i) => i).filter((i) => bracketOf(i, wide) === 2)
    const other = Array.from({ length: 17 }, (_, i) => i).find((i) => bracketOf(i, wide) === 0) ?? 0
    const trials = [at(a, { 1: 2 }), at(b, { 1: 1 }), at(other, { 1: 0 })]
    const judged = judgeHalving(trials, { ...wide, eta: 2 }, () => undefined)
    expect(judged.every(({ standing }) => standing.bracket !== undefined)).toBe(true)
    expect(judgeHalving(trials, wide, () => undefined).map(({ trial }) => trial)).toEqual([a, b])
  })
})

describe('median', () => {
  const mode = { mode: 'median' } as const

  test('prunes a trial whose best value is worse than the median of the others, once enough trials have arrived', () => {
    expect(told([at(0, { 5: 1 }), at(1, { 5: 9 })], mode)).toEqual(['0 promote at 5', '1 promote at 5'])
    expect(told([at(0, { 5: 1 }), at(1, { 5: 2 }), at(2, { 5: 9 })], mode)).toEqual([
      ...['0 promote at 5', '1 promote at 5', '2 prune at 5'],
    ])
    const max = { ...mode, direction: 'max' } as const
    expect(told([at(0, { 5: 1 }), at(1, { 5: 8 }), at(2, { 5: 9 })], max)[0]).toBe('0 prune at 5')
    // The best value so far counts, not the last one.
    expect(told([at(0, { 5: 3 }), at(1, { 5: 3 }), at(2, { 4: 1, 5: 9 })], mode)[2]).toBe('2 promote at 5')
  })

  test('judges at each interval, decides once, and no longer judges a pruned trial', () => {
    const three = [at(0, { 10: 1 }), at(1, { 10: 2 }), at(2, { 10: 9 })]
    expect(told(three, mode)).toEqual([
      '0 promote at 5',
      '1 promote at 5',
      '2 prune at 5',
      '0 promote at 10',
      '1 promote at 10',
    ])
    expect(told(three, mode, { 'sh/val/5/0': 'promote', 'sh/val/5/1': 'promote', 'sh/val/5/2': 'promote' })).toEqual([
      ...['0 promote at 10', '1 promote at 10', '2 prune at 10'],
    ])
    const [, , third] = judgeHalving(three, { ...HALVING, ...mode }, () => undefined)
    expect(third?.standing).toEqual({ rung: 0, step: 5, value: 9, cohort: 3, keep: 2, ahead: 2, open: 0 })
    expect(judgeHalving([at(0, { 5: null })], { ...HALVING, ...mode }, () => undefined)[0]?.standing.value).toBe(null)
  })
})

test('each trial has one standing: at the rung where it was pruned, otherwise at its highest rung', () => {
  const trials = [at(0, { 10: 1 }), at(1, { 10: 2 }), at(2, { 5: 9 }, gone), at(3, { 2: 1 })]
  const standings = standingsOf(trials, { ...HALVING, mode: 'asha' }, () => undefined)
  expect(standings.map(({ i, verdict, standing }) => [i, verdict, standing?.step])).toEqual([
    [0, 'promote', 10],
    [1, 'prune', 5],
    [2, 'prune', 5],
    [3, 'not_at_rung', undefined],
  ])
  expect(standingsOf([at(0, { 20: 1 })], { ...HALVING, mode: 'asha' }, () => undefined)[0]?.verdict).toBe('run_free')
  expect(standingsOf([at(0, { 15: 1 })], { ...HALVING, mode: 'median' }, () => undefined)[0]?.verdict).toBe('run_free')
})
