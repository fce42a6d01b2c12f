import { expect, test } from 'vitest'
import {
  branch,
  choice,
  float,
  int,
  normal,
  ordered,
  type PopulationMember,
  type PopulationOptions,
  planPopulation,
  type Space,
} from '../src/index.ts'

/** The values, in order, that one parameter has after copies of `value` in many generations, without resampling. */
function next(dimension: Space[string], value: unknown, options: { factor?: number } = {}): unknown[] {
  const seen = new Map<string, unknown>()
  for (let generation = 0; generation < 30; generation++) {
    const members = [1, 0].map((score) => ({ id: `${score}`, params: { p: value } as never, score, checkpoint: 'c' }))
    const [kept, move] = planPopulation({ space: { p: dimension }, members, generation, resample: 0, ...options })
    expect(kept).toEqual({ kind: 'keep', id: '1' })
    if (move?.kind !== 'exploit') throw new Error('the worse member must copy the better one')
    const p: unknown = (move.params as { p: unknown }).p
    const rounded = typeof p === 'number' ? Number(p.toPrecision(10)) : p
    seen.set(JSON.stringify(rounded), rounded)
  }
  return [...seen.keys()].sort().map((key) => seen.get(key))
}

test('a number is multiplied, and stays within its bounds', () => {
  const wide = float(0, 10)
  expect([next(wide, 5), next(wide, 5, { factor: 0.5 }), next(wide, 10)]).toEqual([
    [4, 6],
    [2.5, 7.5],
    [8, 9],
  ])
  expect([next(float(2, 3), 2.4), next(float(2, 3), 2.6)]).toEqual([
    [2, 2.88],
    [2.08, 3],
  ])
  expect(next(float(-10, 10), -5)).toEqual([-4, -6])
  expect([next(normal(0, 1), 2.5), next(normal(0, 1), -50)]).toEqual([
    [2, 3],
    [-40, -60],
  ])
  expect(next(float(1e-4, 1, { log: true }), 0.01)).toEqual([0.008, 0.012])
  expect([next(int(0, 100), 50), next(int(0, 100), 100)]).toEqual([
    [40, 60],
    [80, 99],
  ])
  expect(next(float(0, 1, { step: 0.25 }), 0.75)).toEqual([0.5, 1])
})

test('a number that multiplication does not change moves by a tenth of its range, or by one value', () => {
  expect([next(float(0, 10), 0), next(float(-5, 5), 0)]).toEqual([[1], [-1, 1]])
  expect(next(normal(0, 1), 0)).toEqual([-0.4, 0.4])
  expect([1, 2, 3, 5].map((value) => next(int(1, 5), value))).toEqual([[2], [1, 3], [2, 4], [4]])
  expect(next(int(3, 3), 3)).toEqual([3])
  expect(['s', 'm', 'l'].map((value) => next(ordered(['s', 'm', 'l']), value))).toEqual([['m'], ['l', 's'], ['m']])
  expect(next(ordered([10, 20, 30, 40]), 30)).toEqual([20, 40])
  expect(next(ordered(['only']), 'only')).toEqual(['only'])
})

test('a factor of 0 keeps numbers', () => {
  expect([next(float(0, 10), 5, { factor: 0 }), next(int(1, 5), 3, { factor: 0 })]).toEqual([[5], [3]])
})

test('choices and branches are kept if nothing is resampled, and the numbers in an arm move', () => {
  expect([next(choice(['a', 'b']), 'b'), next(choice([1, 2]), 2)]).toEqual([['b'], [2]])
  const head = branch({ off: {}, on: { drop: float(0, 1), deep: branch({ x: { n: int(1, 100) }, y: {} }) } })
  expect(next(head, { kind: 'off' })).toEqual([{ kind: 'off' }])
  const on = next(head, { kind: 'on', drop: 0.5, deep: { kind: 'x', n: 10 } })
  expect(on).toEqual([
    { kind: 'on', drop: 0.4, deep: { kind: 'x', n: 12 } },
    { kind: 'on', drop: 0.4, deep: { kind: 'x', n: 8 } },
    { kind: 'on', drop: 0.6, deep: { kind: 'x', n: 12 } },
    { kind: 'on', drop: 0.6, deep: { kind: 'x', n: 8 } },
  ])
})

const space = { x: float(0, 1) }
type Member = PopulationMember<{ x: number }>

const members = (scores: readonly (number | undefined)[], without: readonly number[] = []): Member[] =>
  scores.map((score, i) => ({
    id: `m${i}`,
    params: { x: i / 100 },
    score,
    checkpoint: without.includes(i) ? undefined : `c${i}`,
  }))

/** For each member, the sorted ids of the members that it copies in many generations. */
function copied(list: readonly Member[], options: Partial<PopulationOptions<typeof space>> = {}): string[] {
  const from = list.map(() => new Set<string>())
  for (let generation = 0; generation < 40; generation++) {
    for (const [i, move] of planPopulation({ space, members: list, generation, ...options }).entries()) {
      if (move.kind === 'exploit') expect(move.checkpoint).toBe(move.from.replace('m', 'c'))
      from[i]?.add(move.kind === 'exploit' ? move.from : 'keep')
    }
  }
  return from.map((ids) => [...ids].sort().join())
}

test('the lower end copies the upper end, each as large as the truncation allows', () => {
  const four = members([1, 2, 3, 4])
  expect(copied(four)).toEqual(['m3', 'keep', 'keep', 'keep'])
  expect(copied(four, { direction: 'minimize' })).toEqual(['keep', 'keep', 'keep', 'm0'])
  expect(copied(four, { truncation: 0.49 })).toEqual(['m3', 'keep', 'keep', 'keep'])
  expect(copied(four, { truncation: 0.5 })).toEqual(['m2,m3', 'm2,m3', 'keep', 'keep'])
  expect(copied(members([5, 4, 3, 2, 1]), { truncation: 0.5 })).toEqual(['keep', 'keep', 'keep', 'm0,m1', 'm0,m1'])
  expect([copied(members([])), copied(members([1]))]).toEqual([[], ['keep']])
})

test('only members with a number and a checkpoint are copied, and only by those that rank below them', () => {
  expect(copied(members([4, 3, 2, 1], [0]))).toEqual(['keep', 'keep', 'keep', 'm1'])
  expect(copied(members([4, 3, 2, 1], [0, 1, 2]))).toEqual(['keep', 'keep', 'keep', 'keep'])
  expect(copied(members([4, 3, 2, 1], [0, 1]), { truncation: 0.5 })).toEqual(['keep', 'keep', 'keep', 'm2'])
  expect(copied(members([Number.NaN, Number.NaN]))).toEqual(['keep', 'keep'])
  expect(copied(members([Number.NaN, 1, Number.NaN, undefined]))).toEqual(['keep,m1', 'keep', 'keep,m1', 'keep'])
  expect(copied(members([undefined, 2]))).toEqual(['keep', 'keep'])
})

test('resampled parameters are drawn over the whole range, a quarter of them by default', () => {
  const draws = (resample?: number): number[] =>
    Array.from({ length: 400 }, (_, generation) => {
      const list = [1, 0].map((score) => ({ id: `${score}`, params: { x: 0.5 }, score, checkpoint: 'c' }))
      const move = planPopulation({
        space,
        members: list,
        generation,
        ...(resample === undefined ? {} : { resample }),
      })[1]
      return move?.kind === 'exploit' ? move.params.x : Number.NaN
    })
  const moved = (values: readonly number[]): number => values.filter((x) => [0.4, 0.6].includes(x)).length
  expect([moved(draws(0)), moved(draws(1))]).toEqual([400, 0])
  expect(Math.abs(moved(draws()) - 300)).toBeLessThan(30)
  const all = draws(1)
  expect(Math.abs(all.reduce((a, b) => a + b) / 400 - 0.5)).toBeLessThan(0.05)
  expect([Math.min(...all) < 0.02, Math.max(...all) > 0.98]).toEqual([true, true])
})

test('the parameters of a move cannot be changed, and they depend on the seed', () => {
  const plan = (seed?: number): unknown =>
    planPopulation({ space, members: members([1, 2]), generation: 0, ...(seed === undefined ? {} : { seed }) })[0]
  expect(plan()).toEqual(plan(0))
  expect(new Set([0, 1, 2, 3, 4, 5].map((seed) => JSON.stringify(plan(seed)))).size).toBeGreaterThan(2)
  const [move] = planPopulation({ space, members: members([1, 2]), generation: 0 })
  expect(move?.kind === 'exploit' && Object.isFrozen(move.params)).toBe(true)
})

test.each<[object, string]>([
  [{ truncation: 0 }, '`truncation` must be > 0 and <= 0.5, got 0'],
  [{ truncation: Number.NaN }, '`truncation` must be > 0 and <= 0.5, got NaN'],
  [{ truncation: 0.51 }, '`truncation` must be > 0 and <= 0.5, got 0.51'],
  [{ factor: -0.1 }, '`factor` must be >= 0 and < 1, got -0.1'],
  [{ factor: 1 }, '`factor` must be >= 0 and < 1, got 1'],
  [{ resample: -0.1 }, '`resample` must be from 0 to 1, got -0.1'],
  [{ resample: 1.1 }, '`resample` must be from 0 to 1, got 1.1'],
  [{ generation: -1 }, '`generation` must be a whole number >= 0, got -1'],
  [{ generation: 0.5 }, '`generation` must be a whole number >= 0, got 0.5'],
  [{ members: [...members([1]), ...members([2])] }, '`members` must have different ids'],
  [{ members: [{ ...members([1])[0], params: {} }] }, '`params` must have a value for `x`'],
])('a population with %j is rejected', (options, message) => {
  expect(() => planPopulation({ space, members: members([1, 2]), generation: 0, ...options })).toThrow(
    expect.objectContaining({ message }),
  )
})

test('options at their limits are accepted', () => {
  for (const options of [{ truncation: 0.5 }, { factor: 0 }, { resample: 0 }, { resample: 1 }, { generation: 0 }])
    expect(planPopulation({ space, members: members([1, 2]), generation: 1, ...options })).toHaveLength(2)
})
