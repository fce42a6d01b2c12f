import { expect, test } from 'vitest'
import type { StudyEvent } from '../src/event.ts'
import { branch, float, int, type Space } from '../src/index.ts'
import { createLayout } from '../src/layout.ts'
import { applyEvent, emptyState, type Reader } from '../src/study-state.ts'
import type { StudyDirection } from '../src/trial.ts'

const space = { x: float(0, 1), head: branch({ off: {}, on: { n: int(1, 5) } }) }
const OFF = { x: 0.5, head: { kind: 'off' } }

/** A state, and the calls that its sampler received. */
function opened(directions: readonly StudyDirection[] = ['minimize'], of: Space = space) {
  const state = emptyState()
  const heard: unknown[] = []
  const reader: Reader = {
    layout: createLayout(of),
    defaults: {},
    directions,
    session: {
      suggest: () => ({}),
      begin: ({ number, params, state }, point) => heard.push(['begin', number, state, params, [...point]]),
      finish: ({ number, state, value }) => heard.push(['finish', number, state, value]),
    },
  }
  const apply = (...events: StudyEvent[]): boolean[] => events.map((event) => applyEvent(state, event, reader))
  return { state, heard, apply }
}

const ask = (number: number, more: object = {}): StudyEvent => ({ kind: 'ask', number, params: OFF, ...more })
const tell = (number: number, value: number, more: object = {}): StudyEvent => ({
  kind: 'tell',
  number,
  state: 'complete',
  value,
  ...more,
})
const add = (number: number, trial: object): StudyEvent => ({
  kind: 'add',
  number,
  trial: { params: OFF, state: 'failed', ...trial },
})

test('a trial from `ask` has its time and owner, and ends with every detail passed to `tell`', () => {
  const { state, heard, apply } = opened()
  expect(apply(ask(0, { at: 5, owner: 'me' }), ask(1))).toEqual([true, true])
  expect(state.trials[0]).toEqual({
    number: 0,
    params: OFF,
    state: 'running',
    reports: [],
    owner: 'me',
    startedMs: 5,
    heartbeatMs: 5,
  })
  expect(state.trials[1]).toEqual({ number: 1, params: OFF, state: 'running', reports: [] })
  expect(
    apply(
      { kind: 'report', number: 0, step: 2, value: '-Infinity', at: 7 },
      { kind: 'report', number: 0, step: 3, value: 0 },
      { kind: 'attr', number: 0, key: 'a', value: 1 },
      { kind: 'attr', number: 0, key: 'b', value: [null] },
      tell(0, 4, { at: 9, constraints: [-1, 'NaN'], reason: 'done' }),
    ),
  ).toEqual([true, true, true, true, true])
  expect(state.trials[0]).toEqual({
    number: 0,
    params: OFF,
    state: 'complete',
    value: 4,
    constraints: [-1, Number.NaN],
    reason: 'done',
    reports: [
      { step: 2, value: -Infinity },
      { step: 3, value: 0 },
    ],
    userAttrs: { a: 1, b: [null] },
    owner: 'me',
    startedMs: 5,
    heartbeatMs: 7,
    endedMs: 9,
  })
  expect(heard).toEqual([
    ['begin', 0, 'running', OFF, [0.5, 0, Number.NaN]],
    ['begin', 1, 'running', OFF, [0.5, 0, Number.NaN]],
    ['finish', 0, 'complete', 4],
  ])
})

test('an added trial has every field of its document, and is passed to the sampler only if it has ended', () => {
  const { state, heard, apply } = opened()
  const userAttrs = { a: 1 }
  const whole = {
    state: 'complete',
    value: 'Infinity',
    constraints: [0],
    reason: 'r',
    reports: [{ step: 1, value: 'NaN' }],
    userAttrs,
    owner: 'o',
    startedMs: 1,
    endedMs: 2,
    heartbeatMs: 3,
    retryOf: 0,
  }
  expect(apply(add(0, { state: 'running' }), add(1, whole))).toEqual([true, true])
  expect(state.trials[1]).toEqual({
    ...whole,
    number: 1,
    params: OFF,
    value: Infinity,
    reports: [{ step: 1, value: Number.NaN }],
  })
  expect(state.trials[1]?.userAttrs).not.toBe(userAttrs)
  expect(heard.map((call) => (call as unknown[]).slice(0, 3))).toEqual([
    ['begin', 0, 'running'],
    ['begin', 1, 'complete'],
    ['finish', 1, 'complete'],
  ])
})

test('an event is void if its number was taken, or if its trial does not exist or has ended', () => {
  const { state, apply } = opened()
  expect(apply(ask(0), ask(0), ask(2), add(0, {}), add(2, {}))).toEqual([true, false, false, false, false])
  expect(state.trials).toHaveLength(1)
  expect(
    apply(
      { kind: 'report', number: 1, step: 1, value: 1 },
      { kind: 'attr', number: 1, key: 'a', value: 1 },
      { kind: 'beat', number: 1, at: 3 },
      { kind: 'retry', number: 1, at: 3, seen: 1, again: true },
      tell(1, 1),
    ),
  ).toEqual([false, false, false, false, false])
  expect(apply(tell(0, 1, { at: 4 }), tell(0, 2))).toEqual([true, false])
  expect(
    apply(
      { kind: 'report', number: 0, step: 1, value: 1, at: 8 },
      { kind: 'beat', number: 0, at: 8 },
      { kind: 'retry', number: 0, at: 8, seen: 1, again: true },
      { kind: 'attr', number: 0, key: 'late', value: true },
    ),
  ).toEqual([false, false, false, true])
  expect(state.trials).toEqual([
    { number: 0, params: OFF, state: 'complete', value: 1, reports: [], endedMs: 4, userAttrs: { late: true } },
  ])
  expect(state.queue).toEqual([])
})

test('enqueued parameters are taken once and in order', () => {
  const { state, apply } = opened()
  expect(apply({ kind: 'enqueue', params: OFF }, { kind: 'enqueue', params: { x: 1 } })).toEqual([true, true])
  expect(state.queue).toEqual([{ params: OFF }, { params: { x: 1 } }])
  expect(apply(ask(0, { queued: 1 }), ask(0, { queued: 0 }), ask(1, { queued: 0 }), ask(1, { queued: 1 }))).toEqual([
    false,
    true,
    false,
    true,
  ])
  expect([state.taken, state.trials.length]).toEqual([2, 2])
  expect([apply(ask(2)), state.taken]).toEqual([[true], 2])
})

test('an abandoned trial is retried only if it has given no sign of life since it was seen', () => {
  const { state, apply } = opened()
  apply(ask(0, { at: 1 }), { kind: 'beat', number: 0, at: 4 }, ask(1, { at: 1 }))
  expect(
    apply(
      { kind: 'retry', number: 0, at: 9, seen: 1, again: true },
      { kind: 'retry', number: 0, at: 9, seen: 4, again: true },
      { kind: 'retry', number: 1, at: 9, seen: 1, again: false },
    ),
  ).toEqual([false, true, true])
  expect(state.trials[0]).toEqual({
    number: 0,
    params: OFF,
    state: 'failed',
    reason: 'abandoned: no sign of life',
    reports: [],
    startedMs: 1,
    heartbeatMs: 4,
    endedMs: 9,
  })
  expect(state.queue).toEqual([{ params: OFF, retryOf: 0 }])
  apply(ask(2, { queued: 0 }))
  expect(state.trials[2]?.retryOf).toBe(0)
})

test('the best trial is feasible and matches the space; of equal trials, it is the first in any order of `tell`', () => {
  const best = (direction: StudyDirection, ...events: StudyEvent[]): (number | undefined)[] => {
    const { state, apply } = opened([direction])
    apply(ask(0), ask(1), ask(2), ask(3))
    return events.map((event) => {
      apply(event)
      return state.best?.number
    })
  }
  expect(best('minimize', tell(2, 5), tell(1, 5), tell(3, 5), tell(0, 6))).toEqual([2, 1, 1, 1])
  expect(best('maximize', tell(2, 5), tell(1, 4), tell(3, 6), tell(0, 6))).toEqual([2, 2, 3, 0])
  expect(best('minimize', tell(2, 1, { constraints: [0.5] }), tell(1, 5), tell(0, 4, { constraints: [-1] }))).toEqual([
    undefined,
    1,
    0,
  ])
  const failed: StudyEvent = { kind: 'tell', number: 0, state: 'failed', reason: 'no disk' }
  expect(best('minimize', failed, { ...failed, number: 1, state: 'pruned' })).toEqual([undefined, undefined])
})

test('a trial that does not match the space is kept with its reason, and excluded from the sampler and the best', () => {
  const { state, heard, apply } = opened()
  const params = { x: 2, head: { kind: 'on', n: 3 } }
  apply(add(0, { params, state: 'complete', value: 1 }), { kind: 'ask', number: 1, params }, tell(1, 1))
  const misfit = '`x` must be from 0 to 1, got 2'
  expect(state.trials).toEqual([
    { number: 0, params, state: 'complete', value: 1, reports: [], misfit },
    { number: 1, params, state: 'complete', value: 1, reports: [], misfit },
  ])
  expect([heard, state.best]).toEqual([[], undefined])
})

test('parameters that the space no longer has are kept separately, and are used again in a retry', () => {
  const { state, apply } = opened()
  apply(
    { kind: 'ask', number: 0, params: { ...OFF, old: 3 }, at: 1 },
    { kind: 'retry', number: 0, at: 2, seen: 1, again: true },
    add(1, { removed: { older: 4 } }),
  )
  expect(state.trials.map(({ params, removed }) => [params, removed])).toEqual([
    [OFF, { old: 3 }],
    [OFF, { older: 4 }],
  ])
  expect(state.queue).toEqual([{ params: { ...OFF, old: 3 }, retryOf: 0 }])
  for (const trial of state.trials) {
    expect(Object.isFrozen(trial.params)).toBe(true)
    expect(Object.isFrozen(trial.removed)).toBe(true)
  }
})

test('a study with other directions is rejected, and the space of the last study event is used', () => {
  const { state, apply } = opened(['minimize', 'maximize'])
  const study: StudyEvent = { kind: 'study', version: 1, space, direction: 'minimize' }
  expect(() => apply({ ...study, directions: ['maximize', 'minimize'] })).toThrow(
    'the storage contains a study with directions maximize, minimize, this one has minimize, maximize',
  )
  expect(() => apply(study)).toThrow(
    'the storage contains a study with directions minimize, this one has minimize, maximize',
  )
  expect(state.space).toBe(undefined)
  const later = { y: float(0, 1) }
  expect(apply({ ...study, directions: ['minimize', 'maximize'], space: later })).toEqual([true])
  expect(state.space).toBe(later)
})

test('a sampler may lack `begin` and `finish`', () => {
  const state = emptyState()
  const reader: Reader = {
    layout: createLayout(space),
    defaults: {},
    directions: ['minimize'],
    session: { suggest: () => ({}) },
  }
  for (const event of [ask(0), tell(0, 3)]) expect(applyEvent(state, event, reader)).toBe(true)
  expect(state.best?.value).toBe(3)
})
