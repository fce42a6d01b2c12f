import { expect, test } from 'vitest'
import {
  ashaPruner,
  choice,
  cmaEs,
  createStudy,
  float,
  gp,
  hyperbandPruner,
  int,
  medianPruner,
  memoryStorage,
  optimize,
  patientPruner,
  percentilePruner,
  randomSampler,
  type Sampler,
  type Space,
  tpe,
} from '../src/index.ts'

// Problems that users of other libraries have reported; docs/hyperopt/bug-reports.md lists them.
const samplers: Record<string, () => Sampler> = { random: randomSampler, tpe, cma: cmaEs, gp: () => gp({ startup: 5 }) }

function run(space: Space, sampler: Sampler, trials: number, value: (params: never) => number) {
  const study = createStudy({ space, sampler, seed: 3 })
  for (let i = 0; i < trials; i++) {
    const trial = study.ask()
    study.tell(trial, value(trial.params as never))
  }
  return study
}

test('a log int from below one is rejected when it is created (optuna 1279)', () => {
  expect(() => int(0, 10, { log: true })).toThrow('`int` must have low > 0 with `log`, got 0')
  expect(() => int(0.4, 10, { log: true })).toThrow('`int` must have whole bounds, got 0.4 and 10')
})

test('steps that do not reach `high` end below it, and no value is rounded out of range (optuna 1276, 544; hyperopt 328)', () => {
  const study = run({ n: int(1, 10, { step: 4 }), x: float(0, 7.9, { step: 1 }) }, randomSampler(), 300, () => 1)
  const values = (name: 'n' | 'x') =>
    [...new Set(study.trials.map(({ params }) => Number(params[name])))].sort((a, b) => a - b)
  expect(values('n')).toEqual([1, 5, 9])
  expect(values('x')).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  const ends = study.trials.filter(({ params }) => params.x === 0 || params.x === 7).length
  // Both ends are as likely as the values between: 2 of 8.
  expect(ends / 300).toBeGreaterThan(0.17)
})

test('ints are ints for every sampler, and choices are values, not indexes (hyperopt 253, 492, 511, 550, 576; optuna 4080)', () => {
  const space = { depth: int(1, 13), trees: choice([100, 200, 300]), kind: choice(['a', 'b']) }
  for (const make of Object.values(samplers)) {
    const study = run(space, make(), 25, ({ depth }: { depth: number }) => depth)
    for (const { params } of study.trials) {
      expect(Number.isInteger(params.depth) && Number(params.depth) >= 1).toBe(true)
      expect([100, 200, 300]).toContain(params.trees)
      expect(['a', 'b']).toContain(params.kind)
    }
  }
})

test('CMA-ES searches ranges of very different sizes, including ints, within the bounds (optuna 4632, 1230, 3316)', () => {
  const study = run(
    { x: float(0.5, 2.5), y: int(10, 200) },
    cmaEs(),
    600,
    ({ x, y }: { x: number; y: number }) => (x - 1.7) ** 2 + (y - 60) ** 2,
  )
  expect(study.best?.value).toBeLessThan(1e-4)
  const small = run(
    { num: int(0, 15), denom: int(1, 2) },
    cmaEs(),
    60,
    ({ num, denom }: { num: number; denom: number }) => (num / denom - 2.5) ** 2,
  )
  expect(small.best?.value).toBe(0)
})

test('CMA-ES accepts choices and single numbers without a warning (optuna 1656, 4395)', () => {
  expect(run({ x: float(0, 1) }, cmaEs(), 80, ({ x }: { x: number }) => (x - 0.3) ** 2).best?.value).toBeLessThan(1e-4)
  expect(run({ c: choice(['a', 'b']) }, cmaEs(), 10, ({ c }: { c: string }) => (c === 'b' ? 0 : 1)).best?.value).toBe(0)
})

test('bounds that change between trials do not break a sampler (optuna 920)', () => {
  for (const make of Object.values(samplers)) {
    const storage = memoryStorage()
    for (const [low, high] of [
      [-10, 0],
      [1, 10],
    ] as const) {
      const study = createStudy({ space: { x: float(-100, 100), y: int(low, high) }, sampler: make(), storage })
      for (let i = 0; i < 15; i++) {
        const trial = study.ask()
        study.tell(trial, trial.params.x ** 2 + trial.params.y)
      }
      expect(study.best?.params.y).toBeGreaterThanOrEqual(low)
    }
  }
})

test('invalid values are rejected or count as failed, and the study continues (optuna 3205; rustuna 228)', () => {
  const study = createStudy({ space: { x: float(0, 1) }, sampler: tpe(), directions: ['minimize'] })
  const trial = study.ask()
  for (const bad of [[1, 2], undefined, null, '1', {}])
    expect(() => study.tell(trial, bad as never)).toThrow('`outcome` must be a number')
  study.tell(trial, Number.NaN)
  study.tell(study.ask(), 2)
  expect([study.trials[0]?.state, study.best?.value]).toEqual(['failed', 2])
})

test('infinite values and long texts are kept (optuna 2462)', () => {
  const study = createStudy({ space: { x: float(0, 1) }, sampler: tpe() })
  const trial = study.ask()
  study.setUserAttr(trial, 'config', 'x'.repeat(100_000))
  study.report(trial, 1, 1e308)
  study.report(trial, 2, -Infinity)
  study.tell(trial, Infinity)
  const again = createStudy({ space: { x: float(0, 1) }, sampler: tpe() })
  again.import(JSON.parse(JSON.stringify(study)))
  expect(again.trials).toEqual(study.trials)
})

test('parameters to try first may be any values in the space (ray 7058)', () => {
  const space = { width: choice([2, 4, 8]), act: choice(['relu', 'tanh']) }
  for (const make of Object.values(samplers)) {
    const study = createStudy({ space, sampler: make() })
    study.enqueue({ width: 8, act: 'tanh' })
    study.enqueue({ width: 2 })
    expect(study.ask().params).toEqual({ width: 8, act: 'tanh' })
    expect(study.ask().params.width).toBe(2)
  }
})

test('pruners accept NaN, decreasing steps, gaps between steps and trials without reports (optuna 5202, 4802; ray 7011)', () => {
  const pruners = [
    medianPruner(),
    percentilePruner(30),
    ashaPruner({ reduction: 3 }),
    hyperbandPruner({ maxResource: 100 }),
    patientPruner(hyperbandPruner({ maxResource: 100 }), { patience: 2 }),
  ]
  for (const pruner of pruners) {
    const study = createStudy({ space: { x: float(0, 1) }, sampler: randomSampler(), pruner, seed: 1 })
    let stopped = 0
    for (let i = 0; i < 60; i++) {
      const trial = study.ask()
      let pruned = false
      for (const step of i % 4 === 3 ? [] : [3, 6, 9, 5, 12, 30, 99]) {
        const value = i % 7 === 6 && step === 9 ? Number.NaN : ((i * 37) % 60) + step / 100
        pruned ||= study.report(trial, step, value)
        if (pruned) break
      }
      if (pruned) stopped += 1
      study.tell(trial, pruned ? 'pruned' : i)
    }
    expect(stopped).toBeGreaterThan(5)
    expect(stopped).toBeLessThan(50)
  }
})

test('a search with a pruner runs the requested number of trials (ray 13234)', async () => {
  const study = createStudy({ space: { x: float(0, 1) }, sampler: tpe(), pruner: ashaPruner() })
  await optimize(
    study,
    (trial) => {
      for (let step = 1; step <= 16; step++) if (study.report(trial, step, trial.number)) return 'pruned'
      return trial.number
    },
    { trials: 50, parallel: 3 },
  )
  expect(study.trials.length).toBe(50)
})

test('a Gaussian process handles a straight line, constant regions, equal points and batches (optuna 5358, 5642, 6402, 2915)', () => {
  expect(run({ x: float(0, 1) }, gp(), 60, ({ x }: { x: number }) => x).best?.value).toBe(0)
  expect(run({ x: float(0, 1) }, gp(), 30, ({ x }: { x: number }) => (x < 0.5 ? 1 : 0)).trials.length).toBe(30)
  const study = createStudy({
    space: { x: float(0, 1), b: choice([true, false]) },
    sampler: gp({ startup: 4 }),
    seed: 1,
  })
  for (let i = 0; i < 12; i++) study.add({ params: { x: 0.5, b: true }, outcome: i })
  const batch = Array.from({ length: 8 }, () => study.ask().params)
  expect(new Set(batch.map((params) => JSON.stringify(params))).size).toBe(8)
  const discrete = run({ m: int(1, 3), k: choice([5, 10]) }, gp({ startup: 3 }), 6, ({ m }: { m: number }) => m)
  expect(new Set(discrete.trials.map(({ params }) => JSON.stringify(params))).size).toBe(6)
})

test('single choices and low = high are searched like everything else', () => {
  for (const make of Object.values(samplers)) {
    const study = run(
      { f: float(2, 2), i: int(7, 7, { log: true }), c: choice(['only']), x: float(0, 1) },
      make(),
      20,
      ({ x }: { x: number }) => x,
    )
    for (const { params } of study.trials) expect(params).toMatchObject({ f: 2, i: 7, c: 'only' })
  }
})

test('a choice of 5,000 values is searched', () => {
  const values = Array.from({ length: 5000 }, (_, i) => `v${i}`)
  for (const make of [randomSampler, tpe]) {
    const study = run({ c: choice(values), x: float(0, 1) }, make(), 40, ({ x }: { x: number }) => x)
    expect(new Set(study.trials.map(({ params }) => params.c)).size).toBeGreaterThan(10)
  }
})
