import { expect, test } from 'vitest'
import type { Halving } from '../src/config/config.ts'
import { planHalving } from '../src/planners/halving.ts'
import type { Contender } from '../src/planners/rungs.ts'

const HALVING: Halving = {
  metric: 'val',
  direction: 'min',
  minSteps: 5,
  budget: 20,
  eta: 2,
  mode: 'asha',
  smooth: 1,
  startup: 5,
  interval: 5,
}

function at(i: number, step: number, value: number | null): Contender {
  return { i, isAlive: true, mayArrive: true, series: [{ step, value }] }
}

function verdicts(contenders: readonly Contender[], halving = HALVING, decided = new Set<string>()) {
  const decisions = planHalving(contenders, halving, (key) => (decided.has(key) ? 'promote' : undefined))
  return Object.fromEntries(decisions.map(({ trial, verdict }) => [trial, verdict]))
}

test('of three trials at a rung the best one continues, and a trial below the rung is not judged', () => {
  expect(verdicts([at(0, 5, 0.4), at(1, 5, 0.1), at(2, 5, 0.3), at(3, 3, 0)])).toEqual({
    0: 'prune',
    1: 'promote',
    2: 'prune',
  })
})

test('with direction max the same trials with negated values get the same verdicts', () => {
  const values = [0.4, 0.1, 0.3, 0.2, Number.NaN]
  const min = verdicts(values.map((value, i) => at(i, 5, value)))
  const max = verdicts(
    values.map((value, i) => at(i, 5, -value)),
    { ...HALVING, direction: 'max' },
  )
  expect(max).toEqual(min)
  expect(min[4]).toBe('prune')
})

test('eight trials at one rung are judged once, however often they are checked', () => {
  const trials = Array.from({ length: 8 }, (_, i) => at(i, 5, i))
  const decided = new Map<string, string>()
  const counts: number[] = []
  for (let tick = 0; tick < 100; tick++) {
    const made = planHalving(trials, HALVING, (key) => decided.get(key))
    for (const { key, verdict } of made) decided.set(key, verdict)
    counts.push(made.filter(({ verdict }) => verdict === 'prune').length)
  }
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(4)
  expect(counts.slice(1).every((count) => count === 0)).toBe(true)
})

test('a stopped trial still counts among those that reached the rung', () => {
  const stopped: Contender = { ...at(0, 5, 0.1), isAlive: false, mayArrive: false }
  expect(verdicts([stopped, at(1, 5, 0.2)])).toEqual({ 1: 'prune' })
})

test('the first trial to arrive continues, the lower index wins a tie, and the full budget is not a rung', () => {
  expect(verdicts([at(0, 5, 1)])).toEqual({ 0: 'promote' })
  expect(verdicts([at(0, 5, 1), at(1, 5, 1)])).toEqual({ 0: 'promote', 1: 'prune' })
  expect(verdicts([at(0, 20, 1)])).toEqual({ 0: 'promote' })
  expect(planHalving([at(0, 20, 1)], HALVING, () => undefined).map(({ standing }) => standing.step)).toEqual([5, 10])
})
