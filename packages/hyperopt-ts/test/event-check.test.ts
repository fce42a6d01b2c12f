import { expect, test } from 'vitest'
import { eventProblem, trialProblem } from '../src/event-check.ts'

const SPACE = { kind: 'study', version: 1, space: {}, direction: 'minimize' }
const TELL = { kind: 'tell', number: 3, state: 'complete', value: 1 }

test.each([
  SPACE,
  { ...SPACE, direction: 'maximize' },
  { kind: 'enqueue', params: {} },
  { kind: 'ask', number: 0, params: {} },
  { kind: 'ask', number: 0, params: {}, at: 5 },
  { kind: 'add', number: 1, trial: { params: {}, state: 'running' } },
  { kind: 'report', number: 1, step: 2, value: 0.5 },
  { kind: 'report', number: 1, step: 2, value: 'NaN' },
  { kind: 'beat', number: 1, at: 7 },
  { kind: 'attr', number: 1, key: 'k', value: null },
  { kind: 'retry', number: 1, at: 7, seen: 6 },
  TELL,
  { ...TELL, value: 'Infinity' },
  { ...TELL, value: undefined, values: [1, '-Infinity'] },
  { kind: 'tell', number: 3, state: 'failed', reason: 'x' },
  { kind: 'tell', number: 3, state: 'pruned', constraints: [1, -1] },
])('the event %j has no problem', (event) => {
  expect(eventProblem(event)).toBe(undefined)
})

const NO_NUMBER = (kind: string): string => `has kind ${kind} and no \`number\``

test.each<[unknown, string]>([
  [3, 'is not an object'],
  [null, 'is not an object'],
  [[], 'is not an object'],
  [{}, 'has kind undefined'],
  [{ kind: 'toString' }, 'has kind toString'],
  [{ kind: 3 }, 'has kind 3'],
  [{ ...SPACE, version: 2 }, 'has version 2, this library reads version 1'],
  [{ ...SPACE, space: 3 }, 'has no `space`'],
  [{ ...SPACE, direction: 'up' }, 'has no `direction`'],
  [{ kind: 'enqueue' }, 'has no `params`'],
  ...['ask', 'add', 'report', 'beat', 'attr', 'retry', 'tell'].flatMap((kind): [unknown, string][] => [
    [{ kind }, NO_NUMBER(kind)],
    [{ kind, number: -1 }, NO_NUMBER(kind)],
    [{ kind, number: 1.5 }, NO_NUMBER(kind)],
    [{ kind, number: '1' }, NO_NUMBER(kind)],
  ]),
  [{ kind: 'ask', number: 0 }, 'has no `params`'],
  [{ kind: 'ask', number: 0, params: {}, at: 'now' }, 'has an invalid time `at`'],
  [{ kind: 'add', number: 0, trial: 3 }, 'is not an object'],
  [{ kind: 'report', number: 0, value: 1 }, 'has no `step` and `value`'],
  [{ kind: 'report', number: 0, step: 1, value: 'x' }, 'has no `step` and `value`'],
  [{ kind: 'report', number: 0, step: 1, value: 1, at: [] }, 'has an invalid time `at`'],
  [{ kind: 'beat', number: 0 }, 'has no `at`'],
  [{ kind: 'attr', number: 0, key: 3, value: 1 }, 'has no `key` and `value`'],
  [{ kind: 'attr', number: 0, key: 'k' }, 'has no `key` and `value`'],
  [{ kind: 'retry', number: 0, at: 1 }, 'has no times `at` and `seen`'],
  [{ kind: 'retry', number: 0, seen: 1 }, 'has no times `at` and `seen`'],
  [{ kind: 'tell', number: 0, state: 'running' }, 'is running'],
  [{ kind: 'tell', number: 0, state: 'done' }, 'has state done'],
  [{ ...TELL, value: undefined }, 'is complete without a `value`'],
  [{ ...TELL, value: 'NaN' }, 'is complete without a `value`'],
  [{ ...TELL, values: [1, 'x'] }, 'has `values` that are not a list of numbers'],
  [{ ...TELL, values: 3 }, 'has `values` that are not a list of numbers'],
  [{ ...TELL, state: 'failed' }, 'is failed and has a `value`'],
  [{ ...TELL, state: 'pruned', value: undefined, values: [1] }, 'is pruned and has a `value`'],
  [{ ...TELL, reason: 3 }, 'has a `reason` that is not text'],
  [{ ...TELL, constraints: ['x'] }, 'has `constraints` that are not a list of numbers'],
])('the event %j is rejected with the reason', (event, problem) => {
  expect(eventProblem(event)).toBe(problem)
})

const TRIAL = { params: {}, state: 'complete', value: 1, startedMs: 1, endedMs: 2, heartbeatMs: 3 }

test('the document of a trial is checked field by field', () => {
  expect(trialProblem(TRIAL)).toBe(undefined)
  const whole = {
    ...TRIAL,
    reports: [{ step: 1, value: 2 }],
    removed: {},
    misfit: 'm',
    userAttrs: {},
    owner: 'o',
    retryOf: 0,
  }
  expect(trialProblem(whole)).toBe(undefined)
  const wrong: [string, unknown, string][] = [
    ['reports', 3, 'has `reports` that are not a list of `step` and `value`'],
    ['reports', [{ step: 1 }], 'has `reports` that are not a list of `step` and `value`'],
    ['removed', 3, 'has a `removed` that is not an object'],
    ['misfit', 3, 'has a `misfit` that is not text'],
    ['userAttrs', [], 'has `userAttrs` that are not an object'],
    ['owner', 3, 'has an `owner` that is not text'],
    ['retryOf', -1, 'has a `retryOf` that is not the number of a trial'],
    ['params', 3, 'has no `params`'],
    ['state', 'x', 'has state x'],
    ['startedMs', 'x', 'has an invalid time `startedMs`'],
    ['endedMs', {}, 'has an invalid time `endedMs`'],
    ['heartbeatMs', null, 'has an invalid time `heartbeatMs`'],
  ]
  for (const [key, value, problem] of wrong) expect(trialProblem({ ...whole, [key]: value }), key).toBe(problem)
})
