import { expect, test } from 'vitest'
import { chooseArm, countLeaves } from '../src/arms.ts'
import { branch, float, type Space } from '../src/index.ts'
import { createLayout } from '../src/layout.ts'
import { createRandom } from '../src/random.ts'
import { TrialTable } from '../src/trial-table.ts'

function arm(values: readonly number[], direction: 'minimize' | 'maximize' = 'minimize'): TrialTable {
  const table = new TrialTable([], direction)
  for (const [number, value] of values.entries()) {
    table.begin(number, [])
    table.finish({ number, params: {}, state: 'complete', value, reason: undefined, reports: [] }, false)
  }
  return table
}

function choose(arms: readonly (readonly number[])[], leaves = arms.map(() => 1), sign: 1 | -1 = 1): Set<number> {
  const tables = arms.map((values) => arm(values, sign === 1 ? 'minimize' : 'maximize'))
  return new Set(
    Array.from({ length: 20 }, (_, seed) => chooseArm({ tables, leaves, startup: 10, sign }, createRandom(seed))),
  )
}

const still = (value: number, count: number) => Array.from({ length: count }, () => value)

test('an arm that is worse but still improving is chosen before one that has stopped improving', () => {
  // It gained 4.4 in its second half, and the same gain again would bring it to -3.8.
  const gaining = [...still(5, 30), ...still(0.6, 30)]
  expect(choose([still(0.5, 60), gaining])).toEqual(new Set([1]))
  expect(choose([still(0.5, 60), still(0.6, 60)])).toEqual(new Set([0]))
  expect(choose([still(-0.5, 60), gaining.map((value) => -value)], [1, 1], -1)).toEqual(new Set([1]))
})

test('an arm with too few trials is chosen first, and an arm with more leaves gets more trials', () => {
  expect(choose([still(0, 100), still(9, 5)])).toEqual(new Set([1]))
  expect(choose([still(0, 100), still(9, 30)])).toEqual(new Set([0]))
  expect(choose([still(0, 100), still(9, 30)], [1, 4])).toEqual(new Set([1]))
})

test('equal arms are chosen at random', () => {
  expect(choose([[], [], []])).toEqual(new Set([0, 1, 2]))
})

test('the leaves of an arm are all ways to choose the branches below it', () => {
  const inner: Space = { a: branch({ x: {}, y: {} }), b: branch({ p: {}, q: {}, r: { s: float(0, 1) } }) }
  const leaves = (space: Space) => countLeaves(createLayout(space).root)
  expect([leaves({ f: float(0, 1) }), leaves(inner), leaves({ m: branch({ one: {}, more: inner }) })]).toEqual([
    1, 6, 7,
  ])
})
