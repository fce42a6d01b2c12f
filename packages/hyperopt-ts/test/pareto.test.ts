import { expect, test } from 'vitest'
import { hypervolume, paretoFront } from '../src/analysis.ts'
import { createStudy, float, localSampler, nsga2, randomSampler, type Sampler, tpe } from '../src/index.ts'

const space = { x: float(0, 1) }

test('the Pareto front contains the trials that no other trial dominates', () => {
  const study = createStudy({ space, sampler: randomSampler(), directions: ['minimize', 'maximize'] })
  const values = [
    [1, 1],
    [2, 2],
    [2, 1],
    [3, 3],
    [1, 1],
    [0, 9],
  ] as const
  for (const outcome of values) study.tell(study.ask(), outcome)
  study.tell(study.ask(), 'failed')
  study.tell(study.ask(), [Number.NaN, 1])
  expect(paretoFront(study).map(({ number }) => number)).toEqual([5])
  study.tell(study.ask(), [-1, 0])
  study.tell(study.ask(), [-2, 99], { constraints: [0, 0.5] })
  expect(paretoFront(study).map(({ number }) => number)).toEqual([5, 8])
  expect(study.best).toBeUndefined()
  expect(study.trials[7]).toMatchObject({ state: 'failed', reason: 'the value is NaN' })
})

test('with one objective, the front contains all trials that share the best value', () => {
  const study = createStudy({ space, sampler: randomSampler() })
  for (const outcome of [2, 1, 3, 1]) study.tell(study.ask(), outcome)
  expect(paretoFront(study).map(({ number }) => number)).toEqual([1, 3])
})

test('several objectives are preserved by JSON and by a storage', () => {
  const study = createStudy({ space, sampler: randomSampler(), directions: ['minimize', 'maximize'] })
  study.tell(study.ask(), [1, Infinity], { constraints: [-1] })
  const again = createStudy({ space, sampler: randomSampler(), directions: ['minimize', 'maximize'] })
  again.import(JSON.parse(JSON.stringify(study)))
  expect(again.trials).toEqual(study.trials)
  const other = createStudy({ space, sampler: randomSampler() })
  expect(() => other.import(study.toJSON())).toThrow(
    'the document contains a study with a different space or direction',
  )
  expect(() => study.tell(study.ask(), 1)).toThrow("`outcome` must be a list of 2 numbers, 'failed' or 'pruned', got 1")
})

test('a trial that violates a constraint is not the best, and TPE avoids it', () => {
  const study = createStudy({ space, sampler: tpe(), seed: 2 })
  for (let i = 0; i < 60; i++) {
    const trial = study.ask()
    // The smallest value is where the constraint is violated.
    study.tell(trial, trial.params.x, { constraints: [0.6 - trial.params.x] })
  }
  expect(study.best?.params.x).toBeGreaterThanOrEqual(0.6)
  expect(study.best?.params.x).toBeLessThan(0.65)
  expect(study.trials.slice(30).filter(({ params }) => Math.abs(params.x - 0.6) < 0.1).length).toBeGreaterThan(20)
})

test('a sampler of one objective rejects several', () => {
  expect(() => createStudy({ space, sampler: tpe(), directions: ['minimize', 'minimize'] })).toThrow(
    'tpe() searches for one objective, got 2 `directions`',
  )
})

test('the hypervolume is the area between the front and the reference', () => {
  const down = ['minimize', 'minimize'] as const
  expect(
    hypervolume(
      [
        [1, 3],
        [2, 2],
        [3, 1],
        [3, 3],
        [9, 0],
      ],
      [4, 4],
      down,
    ),
  ).toBe(3 + 2 + 1)
  expect(
    hypervolume(
      [
        [-1, 3],
        [-2, 2],
        [-3, 1],
      ],
      [-4, 4],
      ['maximize', 'minimize'],
    ),
  ).toBe(6)
  expect(hypervolume([], [4, 4], down)).toBe(0)
  const three = ['minimize', 'minimize', 'minimize'] as const
  // Two boxes of 2 x 2 x 1 and 1 x 1 x 2 that share 1 x 1 x 1.
  expect(
    hypervolume(
      [
        [1, 1, 2],
        [2, 2, 1],
      ],
      [3, 3, 3],
      three,
    ),
  ).toBe(4 + 2 - 1)
  expect(() => hypervolume([[1]], [4, 4], down)).toThrow('each point must have 2 values, got a list of 1')
})

test('NSGA-II finds a larger front than random search', () => {
  const space = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`x${i}`, float(0, 1)]))
  const volume = (sampler: Sampler) => {
    const study = createStudy({ space, sampler, directions: ['minimize', 'minimize'], seed: 1 })
    for (let i = 0; i < 600; i++) {
      const trial = study.ask()
      const [first = 0, ...rest] = Object.values(trial.params).map(Number)
      const g = 1 + (9 / 5) * rest.reduce((a, b) => a + b, 0)
      study.tell(trial, [first, g * (1 - Math.sqrt(first / g))])
    }
    return hypervolume(
      paretoFront(study).map(({ values = [] }) => values),
      [1.1, 4],
      study.directions,
    )
  }
  expect(volume(nsga2({ populationSize: 20 }))).toBeGreaterThan(volume(randomSampler()) + 0.6)
})

test('NSGA-II respects the constraints', () => {
  const study = createStudy({
    space: { x: float(0, 1), y: float(0, 1) },
    sampler: nsga2({ populationSize: 10 }),
    directions: ['minimize', 'minimize'],
    seed: 3,
  })
  for (let i = 0; i < 300; i++) {
    const trial = study.ask()
    const { x, y } = trial.params
    study.tell(trial, [x, y], { constraints: [1 - x - y] })
  }
  const front = paretoFront(study)
  expect(front.length).toBeGreaterThan(5)
  for (const { params } of front) expect(params.x + params.y).toBeGreaterThanOrEqual(1)
  expect(Math.min(...front.map(({ params }) => params.x + params.y))).toBeLessThan(1.02)
  expect(() => nsga2({ populationSize: 1 })).toThrow('`populationSize` must be a whole number >= 2, got 1')
  expect(() => nsga2({ crossoverProb: 2 })).toThrow('`crossoverProb` must be from 0 to 1, got 2')
})

test('local search stays near the incumbent, multiplies logarithmic parameters, and improves', () => {
  const space = { lr: float(1e-6, 1, { log: true }), x: float(0, 1) }
  const study = createStudy({ space, sampler: localSampler({ scale: 0.05 }), seed: 4 })
  study.enqueue({ lr: 1e-5, x: 0.9 })
  let last = 0.9
  for (let i = 0; i < 150; i++) {
    const trial = study.ask()
    const { lr, x } = study.best?.params ?? trial.params
    expect(Math.abs(Math.log10(trial.params.lr / lr))).toBeLessThan(6 * 0.05 * 4.5 * 5)
    expect(Math.abs(trial.params.x - x)).toBeLessThan(0.05 * 4.5 * 5)
    study.tell(trial, (Math.log10(trial.params.lr) + 3) ** 2 + (trial.params.x - 0.3) ** 2)
    last = trial.params.x
  }
  expect(study.best?.value).toBeLessThan(0.01)
  expect(Math.abs(last - 0.3)).toBeLessThan(0.1)
  expect(() => localSampler({ scale: 0 })).toThrow('`scale` must be > 0 and <= 1, got 0')
})

/** The distance of the last trials from the minimum, which moves from 0.2 to 0.8 halfway through while all values rise. */
function behind(sampler: Sampler): number {
  const study = createStudy({ space: { x: float(0, 1) }, sampler, seed: 5 })
  for (let i = 0; i < 160; i++) {
    const trial = study.ask()
    study.tell(trial, i < 80 ? (trial.params.x - 0.2) ** 2 : 1 + (trial.params.x - 0.8) ** 2)
  }
  const far = study.trials.slice(-20).map(({ params }) => Math.abs(params.x - 0.8))
  return far.sort((a, b) => a - b)[10] ?? 1
}

test('with a memory, TPE and local search follow an objective that drifts', () => {
  expect(behind(tpe({ memory: 30 }))).toBeLessThan(0.1)
  expect(behind(tpe())).toBeGreaterThan(0.3)
  expect(behind(localSampler({ memory: 30 }))).toBeLessThan(0.1)
  expect(behind(localSampler())).toBeGreaterThan(0.3)
})

test('a lucky value does not stay the incumbent when it is tried again', () => {
  const study = createStudy({
    space: { x: float(0, 1) },
    sampler: localSampler({ repeatEvery: 3, scale: 0.02 }),
    seed: 6,
  })
  study.add({ params: { x: 0.9 }, outcome: -5 })
  for (let i = 0; i < 150; i++) {
    const trial = study.ask()
    study.tell(trial, (trial.params.x - 0.3) ** 2 + 0.001 * (i % 5))
  }
  expect(study.trials.filter(({ params }) => params.x === 0.9).length).toBeGreaterThan(3)
  const next = study.ask().params.x
  expect(Math.abs(next - 0.9) > 1e-12 || study.trials.filter(({ params }) => params.x === 0.9).length > 30).toBe(true)
})
