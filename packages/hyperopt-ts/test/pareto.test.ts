import { expect, test } from 'vitest'
import { createStudy, float, paretoFront, randomSampler, tpe } from '../src/index.ts'

const space = { x: float(0, 1) }

test('the Pareto front has the trials that no other beats in every objective', () => {
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

test('with one objective the front has all that share the best value', () => {
  const study = createStudy({ space, sampler: randomSampler() })
  for (const outcome of [2, 1, 3, 1]) study.tell(study.ask(), outcome)
  expect(paretoFront(study).map(({ number }) => number)).toEqual([1, 3])
})

test('several objectives go through JSON and a storage', () => {
  const study = createStudy({ space, sampler: randomSampler(), directions: ['minimize', 'maximize'] })
  study.tell(study.ask(), [1, Infinity], { constraints: [-1] })
  const again = createStudy({ space, sampler: randomSampler(), directions: ['minimize', 'maximize'] })
  again.import(JSON.parse(JSON.stringify(study)))
  expect(again.trials).toEqual(study.trials)
  const other = createStudy({ space, sampler: randomSampler() })
  expect(() => other.import(study.toJSON())).toThrow('the document holds a study of another space or direction')
  expect(() => study.tell(study.ask(), 1)).toThrow("`outcome` must be a list of 2 numbers, 'failed' or 'pruned', got 1")
})

test('a trial that breaks a constraint is not the best, and TPE keeps away from it', () => {
  const study = createStudy({ space, sampler: tpe(), seed: 2 })
  for (let i = 0; i < 60; i++) {
    const trial = study.ask()
    // The least value lies where the constraint is broken.
    study.tell(trial, trial.params.x, { constraints: [0.6 - trial.params.x] })
  }
  expect(study.best?.params.x).toBeGreaterThanOrEqual(0.6)
  expect(study.best?.params.x).toBeLessThan(0.65)
  expect(study.trials.slice(30).filter(({ params }) => Math.abs(params.x - 0.6) < 0.1).length).toBeGreaterThan(20)
})

test('a sampler of one objective refuses several', () => {
  expect(() => createStudy({ space, sampler: tpe(), directions: ['minimize', 'minimize'] })).toThrow(
    'tpe() searches for one objective, got 2 `directions`',
  )
})
