import { expect, test } from 'vitest'
import { importance } from '../src/analysis.ts'
import {
  branch,
  createStudy,
  float,
  int,
  memoryStorage,
  optimize,
  parseStudyDocument,
  StudyError,
  tpe,
} from '../src/index.ts'

const space = { x: float(-5, 10), n: int(1, 9), b: branch({ off: {}, on: { y: float(0, 1) } }) }

test('a study with only failed trials has no best trial, and continues over the whole space', () => {
  const study = createStudy({ space, sampler: tpe(), seed: 1 })
  const xs = Array.from({ length: 60 }, () => {
    const trial = study.ask()
    study.tell(trial, 'failed')
    return trial.params.x
  })
  expect(study.best).toBeUndefined()
  expect(importance(study).every(({ share }) => share === 0)).toBe(true)
  for (const [low, high] of [
    [-5, 0],
    [0, 5],
    [5, 10],
  ] as const) {
    expect(xs.slice(20).filter((x) => x >= low && x <= high).length).toBeGreaterThan(4)
  }
})

test('a study is preserved by JSON, including infinite values and reasons', () => {
  const study = createStudy({ space, sampler: tpe(), direction: 'maximize', seed: 4 })
  for (const outcome of [1, Infinity, -Infinity, 'failed', 'pruned'] as const) {
    const trial = study.ask()
    study.report(trial, 1, Number.NaN)
    study.report(trial, 2.5, -Infinity)
    study.tell(trial, outcome, outcome === 'failed' ? 'out of memory' : undefined)
  }
  study.ask()
  const again = createStudy({ space, sampler: tpe(), direction: 'maximize', seed: 4 })
  again.import(JSON.parse(JSON.stringify(study)))
  expect(again.toJSON()).toEqual(study.toJSON())
  expect(again.trials).toEqual(study.trials)
  expect(again.ask().params).toEqual(study.ask().params)
})

const good = { version: 1, space: { x: { kind: 'float', low: 0, high: 1 } }, direction: 'minimize', trials: [] }

const DOCUMENTS: [unknown, string][] = [
  [3, 'it is number, not an object'],
  [{ ...good, version: 2 }, 'it has version 2, this library reads version 1'],
  [{ ...good, direction: 'up' }, 'it has direction up'],
  [{ ...good, trials: {} }, 'it has no list of trials'],
  [{ ...good, space: { x: { kind: 'float', low: 2, high: 1 } } }, '`x` must have low <= high, got 2 and 1'],
  [{ ...good, trials: [{ params: { x: 0 }, state: 'complete' }] }, 'trial 0 is complete without a `value`'],
  [
    { ...good, trials: [{ params: { x: 0 }, state: 'complete', value: 'NaN' }] },
    'trial 0 is complete without a `value`',
  ],
  [{ ...good, trials: [{ params: { x: 0 }, state: 'failed', value: 1 }] }, 'trial 0 is failed and has a `value`'],
  [{ ...good, trials: [{ params: { x: 2 }, state: 'failed' }] }, 'trial 0: `x` must be from 0 to 1, got 2'],
  [{ ...good, trials: [{ params: {}, state: 'failed' }] }, 'trial 0: `x` has no value'],
  [{ ...good, trials: [{ params: { x: 1 }, state: 'done' }] }, 'trial 0 has state done'],
  [
    { ...good, trials: [{ params: { x: 1 }, state: 'failed', reports: [1] }] },
    'trial 0 has `reports` that are not a list',
  ],
]

for (const [data, message] of DOCUMENTS) {
  test(`a document is rejected: ${message}`, () => {
    expect(() => parseStudyDocument(data)).toThrow(`the document contains no study: ${message}`)
    expect(() => parseStudyDocument(data)).toThrow(StudyError)
  })
}

test('a document of another study is not imported, not even partially', () => {
  const study = createStudy({ space, sampler: tpe() })
  const other = { ...good, space: { z: { kind: 'float', low: 0, high: 1 } } }
  const message = 'the document contains a study with a different space or direction'
  expect(() => study.import({ ...other, trials: [{ params: { z: 0 }, state: 'failed' }] } as never)).toThrow(message)
  expect(() => study.import({ ...good, direction: 'maximize' } as never)).toThrow(message)
  expect(() => study.import(null as never)).toThrow('the document contains no study: it is null, not an object')
  expect(study.trials).toEqual([])
})

test('several trials run at a time, whether or not the objective returns a promise', async () => {
  const study = createStudy({ space, sampler: tpe(), seed: 2 })
  let [running, most] = [0, 0]
  await optimize(
    study,
    async ({ params }) => {
      most = Math.max(most, ++running)
      await Promise.resolve()
      running -= 1
      return (params.x - 2) ** 2
    },
    { trials: 60, parallel: 4 },
  )
  expect([most, study.trials.length]).toEqual([4, 60])
  expect(study.best?.value).toBeLessThan(0.1)
})

test('an objective that throws fails its trial, stops the search and rejects with its error', async () => {
  const study = createStudy({ space, sampler: tpe(), storage: memoryStorage() })
  const run = optimize(
    study,
    ({ number }) => {
      if (number === 2) throw new Error('no such file')
      return number
    },
    { trials: 10 },
  )
  await expect(run).rejects.toThrow('no such file')
  expect(study.trials.map(({ state, reason }) => [state, reason])).toEqual([
    ['complete', undefined],
    ['complete', undefined],
    ['failed', 'no such file'],
  ])
  await expect(optimize(study, () => 1, { trials: -1 })).rejects.toThrow('`trials` must be a whole number >= 0, got -1')
  await expect(optimize(study, () => 1, { trials: 1, parallel: 0 })).rejects.toThrow(
    '`parallel` must be a whole number >= 1, got 0',
  )
})

test('a search ends at its timeout or signal, waits for running trials, and returns which of the two ended it', async () => {
  const study = createStudy({ space, sampler: tpe(), seed: 2 })
  const timed = await optimize(study, () => new Promise((resolve) => setTimeout(() => resolve(1), 5)), {
    timeoutMs: 60,
    parallel: 2,
  })
  expect(timed.stoppedBy).toBe('timeout')
  expect(study.trials.length).toBeGreaterThan(1)
  expect(study.trials.every(({ state }) => state === 'complete')).toBe(true)
  const controller = new AbortController()
  const before = study.trials.length
  const stopped = await optimize(
    study,
    ({ number }, { signal }) => {
      if (number === before + 3) controller.abort()
      if (signal.aborted) throw new Error('stopped halfway')
      return 1
    },
    { signal: controller.signal, trials: 1000 },
  )
  expect([stopped.stoppedBy, study.trials.length]).toEqual(['signal', before + 4])
  expect(study.trials.at(-1)).toMatchObject({ state: 'failed', reason: 'stopped halfway' })
  const none = await optimize(study, () => 1, { signal: AbortSignal.abort() })
  expect([none.stoppedBy, study.trials.length]).toEqual(['signal', before + 4])
})

test('a callback that throws does not end the search, and its error is in the result', async () => {
  const study = createStudy({ space, sampler: tpe() })
  const seen: number[] = []
  const result = await optimize(study, ({ number }) => number, {
    trials: 4,
    callbacks: [
      (_study, { number }) => {
        if (number === 1) throw new Error('no disk')
      },
      async (of, { number }) => {
        seen.push(number + 10 * (of.best?.value ?? 0))
      },
    ],
  })
  expect([seen, result.stoppedBy, result.callbackErrors.map(String)]).toEqual([
    [0, 1, 2, 3],
    'trials',
    ['Error: no disk'],
  ])
})

test('errors of the objective may be counted as failures', async () => {
  const study = createStudy({ space, sampler: tpe() })
  const objective = ({ number }: { number: number }) => {
    if (number % 2 === 1) throw new Error(`odd ${number}`)
    return number
  }
  await optimize(study, objective, { trials: 6, catchErrors: true })
  expect(study.trials.map(({ state, reason }) => reason ?? state)).toEqual([
    'complete',
    'odd 1',
    'complete',
    'odd 3',
    'complete',
    'odd 5',
  ])
  await expect(optimize(study, objective, {})).rejects.toThrow(
    'set `trials`, `timeoutMs` or `signal`, so that the search ends',
  )
  await expect(optimize(study, 3 as never, { trials: 1 })).rejects.toThrow('`objective` must be a function, got 3')
  await expect(optimize(study, objective, { timeoutMs: -1 })).rejects.toThrow(
    '`timeoutMs` must be from 0 to 2^31 milliseconds, got -1',
  )
})
