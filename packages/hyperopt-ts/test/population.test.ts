import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createAxis } from '../src/axis.ts'
import { branch, choice, float, int, normal, ordered, type PopulationMember, planPopulation } from '../src/index.ts'

const space = { h0: float(0, 1), h1: float(0, 1) }

interface Worker {
  theta: [number, number]
  h: { h0: number; h1: number }
}

const quality = ([a, b]: readonly [number, number]): number => 1.2 - a * a - b * b

/** The toy of Jaderberg et al. 2017, section 3: each worker climbs a surrogate that depends on only one parameter. */
function toy(seed: number): number {
  let workers: Worker[] = [
    { theta: [0.9, 0.9], h: { h0: 1, h1: 0 } },
    { theta: [0.9, 0.9], h: { h0: 0, h1: 1 } },
  ]
  for (let step = 1; step <= 200; step++) {
    for (const { theta, h } of workers) {
      theta[0] -= 0.01 * 2 * h.h0 * theta[0]
      theta[1] -= 0.01 * 2 * h.h1 * theta[1]
    }
    if (step % 4 !== 0) continue
    const members = workers.map(({ theta, h }, i) => ({
      id: String(i),
      params: h,
      score: quality(theta),
      checkpoint: JSON.stringify(theta),
    }))
    const moves = planPopulation({ space, members, seed, generation: step / 4 })
    workers = workers.map((worker, i) => {
      const move = moves[i]
      return move?.kind === 'exploit' ? { theta: JSON.parse(move.checkpoint), h: { ...move.params } } : worker
    })
  }
  return Math.max(...workers.map(({ theta }) => quality(theta)))
}

test('the two workers of the paper reach 1.10 with each of 20 seeds', () => {
  const reached = Array.from({ length: 20 }, (_, seed) => toy(seed))
  expect(reached.filter((value) => !(value >= 1.1))).toEqual([])
})

test('a plan is the same for the same seed and generation', () => {
  expect(toy(3)).toBe(toy(3))
})

const members = (
  scores: readonly (number | undefined)[],
  without: readonly number[] = [],
): PopulationMember<{ h0: number; h1: number }>[] =>
  scores.map((score, i) => ({
    id: `m${i}`,
    params: { h0: 0.5, h1: (i + 1) / 100 },
    score,
    checkpoint: without.includes(i) ? undefined : `save-${i}`,
  }))

test('the lower fifth copies the upper fifth and the others continue', () => {
  const moves = planPopulation({ space, members: members([5, 1, 9, 3, 7, 2, 8, 4, 6, 0]), generation: 0 })
  expect(moves.filter(({ kind }) => kind === 'exploit').map(({ id }) => id)).toEqual(['m1', 'm9'])
  for (const move of moves) if (move.kind === 'exploit') expect(['m2', 'm6']).toContain(move.from)
})

test('lower is better when minimizing, NaN is worst, and members without a score are unchanged', () => {
  const moves = planPopulation({
    space,
    members: members([1, 5, Number.NaN, undefined]),
    direction: 'minimize',
    generation: 0,
  })
  expect(moves.map(({ kind, id }) => [id, kind])).toEqual([
    ['m0', 'keep'],
    ['m1', 'keep'],
    ['m2', 'exploit'],
    ['m3', 'keep'],
  ])
})

test('ties are broken at random, so either member may copy the other', () => {
  const who = new Set(
    Array.from({ length: 40 }, (_, generation) => {
      const moves = planPopulation({ space, members: members([1, 1]), generation })
      return moves.map(({ kind }) => kind).join()
    }),
  )
  expect([...who].sort()).toEqual(['exploit,keep', 'keep,exploit'])
})

test('a member without a checkpoint is never copied', () => {
  const all = { space, generation: 0 }
  expect(planPopulation({ ...all, members: members([9, 1], [0]) }).map(({ kind }) => kind)).toEqual(['keep', 'keep'])
  const moves = planPopulation({ ...all, members: members([9, 8, 1, 2, 3], [0]) })
  expect(moves[2]).toMatchObject({ kind: 'exploit', from: 'm1', checkpoint: 'save-1' })
})

const rich = {
  lr: float(1e-5, 1, { log: true }),
  zero: float(0, 10),
  n: int(1, 5),
  size: ordered(['s', 'm', 'l']),
  bell: normal(0, 1),
  opt: choice(['a', 'b']),
  head: branch({ off: {}, on: { drop: float(0, 0.5) } }),
}

test('perturbed numbers stay within their bounds and always move', () => {
  const value = fc.record({
    lr: fc.constantFrom(1e-5, 3e-4, 1),
    zero: fc.constantFrom(0, 0.1, 10),
    n: fc.integer({ min: 1, max: 5 }),
    size: fc.constantFrom('s', 'm', 'l'),
    bell: fc.constantFrom(0, -3, 2.5),
    opt: fc.constantFrom('a', 'b'),
    head: fc.oneof(
      fc.constant({ kind: 'off' }),
      fc.constantFrom(0, 0.3, 0.5).map((drop) => ({ kind: 'on', drop })),
    ),
  })
  fc.assert(
    fc.property(value, fc.nat(1000), (params, generation) => {
      const both = [1, 0].map((score) => ({ id: String(score), params: params as never, score, checkpoint: 'c' }))
      const move = planPopulation({ space: rich, members: both, generation, resample: 0 })[1]
      if (move?.kind !== 'exploit') throw new Error('the worse member must copy the better one')
      const next = move.params
      for (const name of ['lr', 'zero', 'n', 'size', 'bell'] as const) {
        expect(createAxis(name, rich[name]).problem(next[name])).toBeUndefined()
        expect([name, next[name]]).not.toEqual([name, params[name]])
      }
      expect([next.opt, next.head.kind]).toEqual([params.opt, params.head.kind])
      if (next.head.kind === 'on') expect(next.head.drop).toBeLessThanOrEqual(0.5)
    }),
    { numRuns: 300, seed: 4 },
  )
})

test('a number is multiplied by 1 plus or minus the factor', () => {
  const seen = new Set<number>()
  for (let generation = 0; generation < 20; generation++) {
    const moves = planPopulation({
      space: { lr: float(1e-5, 1, { log: true }) },
      members: [
        { id: 'a', params: { lr: 0.01 }, score: 1, checkpoint: 'a' },
        { id: 'b', params: { lr: 0.5 }, score: 0, checkpoint: 'b' },
      ],
      generation,
      resample: 0,
    })
    if (moves[1]?.kind === 'exploit') seen.add(Number(moves[1].params.lr.toPrecision(6)))
  }
  expect([...seen].sort()).toEqual([0.008, 0.012])
})

test('invalid options and members are rejected', () => {
  const plan =
    (options: object, list = members([1, 2])) =>
    () =>
      planPopulation({ space, members: list, generation: 0, ...options })
  expect(plan({ truncation: 0.6 })).toThrow('`truncation` must be > 0 and <= 0.5, got 0.6')
  expect(plan({ factor: 1 })).toThrow('`factor` must be >= 0 and < 1, got 1')
  expect(plan({ resample: 2 })).toThrow('`resample` must be from 0 to 1, got 2')
  expect(plan({ generation: -1 })).toThrow('`generation` must be a whole number >= 0, got -1')
  expect(plan({}, [...members([1]), ...members([2])])).toThrow('`members` must have different ids')
  expect(
    plan(
      {},
      members([1]).map((member) => ({ ...member, params: { h0: 3, h1: 0 } })),
    ),
  ).toThrow('`h0` must be from 0 to 1, got 3')
  expect(planPopulation({ space, members: members([1]), generation: 0 })).toEqual([{ kind: 'keep', id: 'm0' }])
})
