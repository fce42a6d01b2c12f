import { expect, test } from 'vitest'
import {
  createStudy,
  float,
  int,
  memoryStorage,
  type Pruner,
  randomSampler,
  type Sampler,
  type Storage,
  StudyError,
  type StudyEvent,
  type StudyOptions,
} from '../src/index.ts'

const space = { x: float(0, 1), n: int(1, 5) }
const PARAMS = { x: 0.25, n: 2 }

function open(options: Partial<StudyOptions<typeof space>> = {}) {
  return createStudy({ space, sampler: randomSampler(), ...options })
}

/** A storage into which another process writes events just before the next one is appended. */
function raced(): { readonly storage: Storage; readonly first: (...events: StudyEvent[]) => void } {
  const storage = memoryStorage()
  const before: StudyEvent[] = []
  return {
    storage: {
      read: storage.read,
      append: (event) => {
        for (const other of before.splice(0)) storage.append(other)
        return storage.append(event)
      },
    },
    first: (...events) => before.push(...events),
  }
}

function refusal(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    return error instanceof StudyError ? `${error.code}: ${error.message}` : String(error)
  }
  return 'not refused'
}

test('a number that another process claims first belongs to it, and the next one is used', () => {
  const { storage, first } = raced()
  const study = open({ storage })
  first({ kind: 'ask', number: 0, params: PARAMS })
  expect(study.ask().number).toBe(1)
  first({ kind: 'ask', number: 2, params: PARAMS })
  expect(study.add({ params: PARAMS, outcome: 1 }).number).toBe(3)
  expect(study.trials.map(({ state }) => state)).toEqual(['running', 'running', 'running', 'complete'])
})

test('enqueued parameters that another process claims first are tried once', () => {
  const { storage, first } = raced()
  const study = open({ storage })
  study.enqueue(PARAMS)
  first({ kind: 'ask', number: 0, params: PARAMS, queued: 0 })
  expect(study.ask().params).not.toEqual(PARAMS)
  expect(study.trials[0]?.params).toEqual(PARAMS)
})

test('every call for a trial that another process has ended is rejected', () => {
  const { storage, first } = raced()
  const study = open({ storage, clock: () => 5 })
  const calls = [
    (number: number) => study.tell(number, 1),
    (number: number) => study.report(number, 1, 1),
    (number: number) => study.heartbeat(number),
  ]
  for (const call of calls) {
    const { number } = study.ask()
    first({ kind: 'tell', number, state: 'pruned' })
    const told = `already-told: trial ${number} was already told`
    expect(refusal(() => call(number))).toBe(`${told}: tell a trial only once`)
    expect(refusal(() => call(number))).toBe(`${told} and has state pruned: tell a trial only once`)
  }
})

test('a trial that is retried by two processes belongs to the first', () => {
  const { storage, first } = raced()
  let now = 0
  const study = open({ storage, clock: () => now })
  study.ask()
  study.ask()
  now = 10
  first({ kind: 'retry', number: 0, at: 10, seen: 0, again: true })
  expect(study.retryStale({ olderThanMs: 9 }).map(({ number }) => number)).toEqual([1])
})

test('a trial is abandoned once its last sign of life is older than the limit, and is retried three times', () => {
  let now = 20
  const study = open({ clock: () => now })
  study.ask()
  const silent = (olderThanMs: number): number[] => study.staleTrials({ olderThanMs }).map(({ number }) => number)
  now = 30
  expect([silent(11), silent(10), silent(9)]).toEqual([[], [], [0]])
  for (let i = 0; i < 4; i++) {
    study.retryStale({ olderThanMs: 9 })
    study.ask()
    now += 10
  }
  expect(study.trials.map(({ retryOf }) => retryOf)).toEqual([undefined, 0, 1, 2, undefined])
  study.tell(4, 1)
  expect(silent(0)).toEqual([])
})

test('trials of a process without a clock are never abandoned', () => {
  const storage = memoryStorage()
  open({ storage }).ask()
  const study = open({ storage, clock: () => 1e9 })
  expect([study.staleTrials({ olderThanMs: 0 }), study.retryStale({ olderThanMs: 0 })]).toEqual([[], []])
})

test('clock and owner of the storage are used unless the study has its own', () => {
  const storage: Storage = { ...memoryStorage(), clock: () => 3, owner: 'disk' }
  expect(open({ storage }).ask()).toMatchObject({ owner: 'disk', startedMs: 3, heartbeatMs: 3 })
  expect(open({ storage, clock: () => 4, owner: 'me' }).ask()).toMatchObject({ owner: 'me', startedMs: 4 })
  expect(open().ask()).toEqual({ number: 0, params: expect.anything(), state: 'running', reports: [] })
})

test('invalid requests are rejected, and the message states what would be valid', () => {
  const study = open()
  const theirs = open().ask()
  const message = 'is not a trial of this study: use one that its `ask()` or `add()` returned'
  expect(refusal(() => study.tell(0, 1))).toBe(`unknown-trial: trial 0 ${message}`)
  expect(refusal(() => study.tell(undefined as never, 1))).toBe(`unknown-trial: trial undefined ${message}`)
  expect(refusal(() => study.tell(null as never, 1))).toBe(`unknown-trial: trial undefined ${message}`)
  study.ask()
  expect(refusal(() => study.tell(theirs, 1))).toBe(`unknown-trial: trial 0 ${message}`)
  expect(refusal(() => study.setUserAttr(1, 'a', 1))).toBe(`unknown-trial: trial 1 ${message}`)
  expect(refusal(() => study.heartbeat(0))).toBe(
    'no-clock: the study has no clock: pass a `clock` to createStudy, or a journal storage, which has one',
  )
  expect(refusal(() => study.report(0, Infinity, 1))).toBe('RangeError: `step` must be a finite number, got Infinity')
  expect(refusal(() => study.report(0, 1, null as never))).toBe('TypeError: `value` must be a number, got null')
  expect(refusal(() => study.add(3 as never))).toBe('TypeError: `add` takes { params, outcome }, got 3')
  expect(refusal(() => study.add(null as never))).toBe('TypeError: `add` takes { params, outcome }, got null')
  expect(refusal(() => study.ask({ fixed: { x: 9 } }))).toBe('RangeError: `x` must be from 0 to 1, got 9')
  expect(study.trials[0]).toEqual({ number: 0, params: expect.anything(), state: 'running', reports: [] })
})

test('a storage with another space is rejected with the names of both, and a changed space is recorded', () => {
  const storage = memoryStorage()
  open({ storage })
  const named = (names: Parameters<typeof createStudy>[0]['space']) => () =>
    createStudy({ space: names, sampler: randomSampler(), storage })
  expect(refusal(named({ a: float(0, 1), b: float(0, 1) }))).toBe(
    'other-study: the storage contains a study with a different space: it has x, n, this one has a, b',
  )
  open({ storage })
  named({ n: int(1, 9) })()
  expect(storage.read(0)).toEqual([
    { kind: 'study', version: 1, space, direction: 'minimize' },
    { kind: 'study', version: 1, space: { n: int(1, 9) }, direction: 'minimize' },
  ])
})

test('several objectives are recorded, in the storage and in the document', () => {
  const storage = memoryStorage()
  const directions = ['maximize', 'minimize'] as const
  const study = open({ storage, directions, pruner: { name: 'all', shouldPrune: () => true } })
  const several = { version: 1, space, direction: 'maximize', directions }
  expect(storage.read(0)).toEqual([{ kind: 'study', ...several }])
  expect(study.toJSON()).toEqual({ ...several, trials: [] })
  expect([study.direction, study.directions]).toEqual(['maximize', directions])
  // Pruners do not support several objectives, and without a pruner there is no decision.
  expect(study.report(study.ask(), 1, 1)).toBe(false)
  const one = open()
  expect(one.report(one.ask(), 1, 1)).toBe(false)
  expect(open().toJSON()).toEqual({ version: 1, space, direction: 'minimize', trials: [] })
})

test('a pruner receives the trial, all trials and the direction, and its decision is returned', () => {
  const seen: unknown[] = []
  const pruner: Pruner = {
    name: 'spy',
    shouldPrune: (trial, trials, direction) => {
      seen.push([trial.number, trial.reports, trials.length, direction])
      return trial.number === 1
    },
  }
  const study = open({ pruner, direction: 'maximize' })
  expect([study.report(study.ask(), 1, 2), study.report(study.ask(), 3, Infinity)]).toEqual([false, true])
  expect(seen).toEqual([
    [0, [{ step: 1, value: 2 }], 1, 'maximize'],
    [1, [{ step: 3, value: Infinity }], 2, 'maximize'],
  ])
})

test('a sampler completes the given parameters, and is not called if none are missing', () => {
  const asked: unknown[] = []
  const sampler: Sampler = {
    name: 'spy',
    open: ({ seed, direction, directions }) => ({
      suggest: (number, _random, fixed) => {
        asked.push([number, fixed && [...fixed], seed, direction, directions])
        return { x: 0.75, n: 4 }
      },
    }),
  }
  const study = open({ sampler, seed: 7, direction: 'maximize' })
  study.enqueue({ n: 2 })
  study.enqueue({ n: 2 })
  expect([study.ask(), study.ask({ fixed: { x: 0.25 } }), study.ask()].map(({ params }) => params)).toEqual([
    { x: 0.75, n: 2 },
    PARAMS,
    { x: 0.75, n: 4 },
  ])
  const rest = [7, 'maximize', ['maximize']]
  expect(asked).toEqual([
    [0, [Number.NaN, 0.3], ...rest],
    [2, undefined, ...rest],
  ])
  expect(study.samplerReport()).toEqual({ sampler: 'spy' })
})

test('retries in an imported study keep their links, by the numbers of this study', () => {
  const study = open()
  study.add({ params: PARAMS, outcome: 3 })
  const trial = { params: PARAMS, state: 'failed' } as const
  const trials = [trial, { ...trial, retryOf: 0 }, { ...trial, misfit: 'old', retryOf: 1 }]
  study.import({ version: 1, space, direction: 'minimize', trials })
  expect(study.trials.map(({ retryOf, misfit }) => [retryOf, misfit])).toEqual([
    [undefined, undefined],
    [undefined, undefined],
    [1, undefined],
    [2, undefined],
  ])
  const message = 'other-study: the document contains a study with a different space or direction'
  expect(refusal(() => study.import({ version: 1, space, direction: 'maximize', trials: [] }))).toBe(message)
  expect(
    refusal(() => study.import({ version: 1, space: { z: float(0, 1) }, direction: 'minimize', trials: [] })),
  ).toBe(message)
})
