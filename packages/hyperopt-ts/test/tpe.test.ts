import { expect, test } from 'vitest'
import { createAxis } from '../src/axis.ts'
import {
  branch,
  choice,
  createStudy,
  float,
  int,
  normal,
  type Sampler,
  type Space,
  type TpeOptions,
  tpe,
} from '../src/index.ts'
import { defaultGamma, equalWeights, recentWeights } from '../src/sampler.ts'
import { splitTrials } from '../src/tpe-split.ts'
import type { Trial, TrialState } from '../src/trial.ts'
import { TrialTable } from '../src/trial-table.ts'

const line: Space = { x: float(0, 1) }

function asked(space: Space, sampler: Sampler, told: readonly [object, number | 'failed'][], count = 40, seed = 1) {
  return Array.from({ length: count }, (_, i) => {
    const study = createStudy({ space, sampler, seed: seed + i })
    for (const [params, outcome] of told) study.add({ params: params as never, outcome })
    return study.ask().params as Record<string, number>
  })
}

const near = (center: number, count: number, value: number): [object, number][] =>
  Array.from({ length: count }, (_, i) => [{ x: center + (i - count / 2) * 0.004 }, value + i * 1e-6])

test('it tries points near the good trials and away from the bad ones', () => {
  const told = [...near(0.8, 8, 0), ...near(0.2, 40, 1)]
  const xs = asked(line, tpe(), told).map(({ x }) => x ?? 0)
  expect(xs.filter((x) => x > 0.6 && x < 1).length).toBeGreaterThan(34)
})

test('it learns to maximize as it learns to minimize', () => {
  const study = createStudy({ space: line, sampler: tpe(), direction: 'maximize', seed: 4 })
  for (let i = 0; i < 60; i++) {
    const trial = study.ask()
    study.tell(trial, -((Number(trial.params.x) - 0.3) ** 2))
  }
  expect(Math.abs(Number(study.best?.params.x) - 0.3)).toBeLessThan(0.01)
})

test('the first points fill the space evenly', () => {
  const study = createStudy({ space: { x: float(0, 1), y: float(0, 1) }, sampler: tpe({ startup: 8 }), seed: 9 })
  const xs = Array.from({ length: 8 }, () => Math.floor(Number(study.ask().params.x) * 8))
  expect([...xs].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
})

test('parameters are modelled together, so a ridge that no single parameter shows is followed', () => {
  // Good trials are on the diagonal, so each parameter alone is uniform.
  const space: Space = { x: float(0, 1), y: float(0, 1) }
  const told = Array.from({ length: 64 }, (_, i): [object, number] => {
    const x = ((i * 0.618) % 1) * 0.98 + 0.01
    return i < 8 ? [{ x: (i + 0.5) / 8, y: (i + 0.5) / 8 }, 0] : [{ x, y: (x + 0.3 + ((i * 0.377) % 0.4)) % 1 }, 1]
  })
  const off = (options: TpeOptions) =>
    asked(space, tpe({ ...options, gamma: () => 8 }), told).filter(({ x = 0, y = 0 }) => Math.abs(x - y) > 0.2).length
  expect(off({})).toBeLessThan(8)
  expect(off({ multivariate: false })).toBeGreaterThan(15)
})

test('running trials keep others away', () => {
  const distinct = (constantLiar: boolean) => {
    const study = createStudy({
      space: { c: choice(['a', 'b', 'c', 'd', 'e', 'f']) },
      sampler: tpe({ constantLiar, startup: 4 }),
      seed: 3,
    })
    for (let i = 0; i < 12; i++) {
      const trial = study.ask()
      study.tell(trial, trial.params.c === 'b' ? 0 : 1 + i / 100)
    }
    return new Set(Array.from({ length: 12 }, () => study.ask().params.c)).size
  }
  expect(distinct(true)).toBeGreaterThan(distinct(false))
})

test('failed trials count against their parameters unless configured otherwise', () => {
  const told: [object, number | 'failed'][] = [...near(0.5, 6, 0)]
  for (let i = 0; i < 30; i++) told.push([{ x: 0.5 + i * 0.016 }, 'failed'])
  const above = (failed: 'bad' | 'ignore') =>
    asked(line, tpe({ failed, gamma: () => 6 }), told).filter(({ x = 0 }) => x > 0.52).length
  expect(above('bad')).toBeLessThan(above('ignore'))
})

test('a belief moves the first trials', () => {
  const xs = asked(
    { x: float(0, 1), c: choice(['a', 'b']) },
    tpe({ priors: { x: { at: 0.9, width: 0.05 }, c: { weights: { a: 0 } } } }),
    [],
  )
  expect(xs.every(({ x = 0, c }) => x > 0.6 && String(c) === 'b')).toBe(true)
})

test('a good point outside the prior of a normal parameter is followed', () => {
  const study = createStudy({ space: { x: normal(0, 1) }, sampler: tpe(), seed: 2 })
  for (let i = 0; i < 120; i++) {
    const trial = study.ask()
    study.tell(trial, (trial.params.x - 5) ** 2)
  }
  expect(Math.abs((study.best?.params.x ?? 0) - 5)).toBeLessThan(0.3)
})

test('every arm keeps getting trials, however good the first one looks', () => {
  const space = { m: branch({ good: { x: float(0, 1) }, plain: {}, other: { n: int(1, 9) } }) }
  const study = createStudy({ space, sampler: tpe(), seed: 5 })
  for (let i = 0; i < 300; i++) {
    const trial = study.ask()
    study.tell(trial, trial.params.m.kind === 'good' ? 0.001 * trial.params.m.x : 1)
  }
  const counts = { good: 0, plain: 0, other: 0 }
  for (const trial of study.trials) counts[trial.params.m.kind] += 1
  expect(counts.good).toBeGreaterThan(200)
  expect(Math.min(counts.plain, counts.other)).toBeGreaterThan(20)
})

test('parameters of the root are learned separately for each arm', () => {
  const space = { lr: float(0, 1), o: branch({ sgd: {}, adam: {} }) }
  const study = createStudy({ space, sampler: tpe(), seed: 6 })
  for (let i = 0; i < 160; i++) {
    const trial = study.ask()
    study.tell(trial, Math.abs(trial.params.lr - (trial.params.o.kind === 'sgd' ? 0.9 : 0.1)))
  }
  for (const [kind, goal] of [
    ['sgd', 0.9],
    ['adam', 0.1],
  ] as const) {
    const far = study.trials
      .filter(({ params }) => params.o.kind === kind)
      .map(({ params }) => Math.abs(params.lr - goal))
    expect(far.length).toBeGreaterThan(20)
    expect(far.slice(-7).sort((a, b) => a - b)[3]).toBeLessThan(0.1)
  }
})

test('the papers weights and shares are the defaults', () => {
  expect([0, 1, 6, 7, 100, 5000].map((finished) => defaultGamma(finished, 2))).toEqual([0, 1, 1, 2, 15, 25])
  expect([1, 2, 5, 20].map((dimensions) => defaultGamma(200, dimensions))).toEqual([25, 25, 24, 21])
  expect([...recentWeights(3)]).toEqual([1, 1, 1])
  const weights = recentWeights(50)
  expect([weights[0], weights[25], weights[49]]).toEqual([1 / 50, 1, 1])
  expect([...weights].every((weight, i) => i === 0 || weight >= (weights[i - 1] ?? 0))).toBe(true)
  expect([...equalWeights(2)]).toEqual([1, 1])
})

const WRONG: [TpeOptions, string][] = [
  [{ startup: -1 }, '`startup` must be a whole number >= 0, got -1'],
  [{ candidates: 0 }, '`candidates` must be a whole number >= 1, got 0'],
  [{ priorWeight: Number.NaN }, '`priorWeight` must be a finite number >= 0, got NaN'],
  [{ failed: 'worse' as 'bad' }, "`failed` must be 'bad' or 'ignore', got worse"],
  [{ priors: { y: { at: 0, width: 1 } } }, '`priors.y` is not a parameter of the space, which has x'],
  [{ priors: { x: { at: 2, width: 1 } } }, '`priors.x.at` must be from 0 to 1, got 2'],
  [{ priors: { x: { at: 1, width: 0 } } }, '`priors.x.width` must be > 0, got 0'],
  [{ priors: { x: { weights: { a: 1 } } } }, '`priors.x` must have `at` and `width`, got weights'],
  [{ gamma: () => Number.NaN, startup: 0 }, '`gamma` must return a number >= 0, got NaN'],
  [{ weights: () => [Number.NaN], startup: 0 }, '`weights` must return 1 finite numbers >= 0, got NaN at 0'],
]

for (const [options, message] of WRONG) {
  test(`options are rejected: ${message}`, () => {
    expect(() => {
      const study = createStudy({ space: line, sampler: tpe(options) })
      study.tell(study.ask(), 1)
      study.ask()
    }).toThrow(new RangeError(message).message)
  })
}

test('the split ranks complete before pruned before failed trials and treats running ones as bad', () => {
  const table = new TrialTable([createAxis('x', float(0, 1))], 'maximize')
  const states: [TrialState, number | undefined, [number, number][]][] = [
    ['failed', undefined, []],
    ['complete', 1, []],
    ['running', undefined, [[1, 99]]],
    ['complete', 3, []],
    ['pruned', undefined, [[1, 9]]],
    [
      'pruned',
      undefined,
      [
        [1, 1],
        [2, 5],
      ],
    ],
    ['pruned', undefined, []],
  ]
  for (const [number, [state, value, steps]] of states.entries()) {
    table.begin(number, [number / 10])
    const reports = steps.map(([step, reported]) => ({ step, value: reported }))
    const trial: Trial = { number, params: {}, state, value, reason: undefined, reports }
    if (state !== 'running') table.finish(trial, false)
  }
  expect(table.ranked).toEqual([3, 1, 5, 4, 0, 6])
  const split = splitTrials(table, 3, true)
  expect([[...split.good], [...split.bad]]).toEqual([
    [1, 3, 5],
    [0, 2, 4, 6],
  ])
  expect([...splitTrials(table, 3, false).bad]).toEqual([0, 4, 6])
  expect([...splitTrials(table, 99, true).good]).toEqual([1, 3, 4, 5])
})

test('after all points have been tried, it continues', () => {
  const study = createStudy({ space: { c: choice(['a', 'b']) }, sampler: tpe(), seed: 1 })
  for (let i = 0; i < 20; i++) study.tell(study.ask(), i)
  expect(study.trials.length).toBe(20)
})
