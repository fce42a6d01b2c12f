import { expect, test } from 'vitest'
import { branch, choice, float, int } from '../src/index.ts'
import { fromOptuna } from '../src/optuna.ts'

const lines = (...logs: readonly object[]): string => logs.map((log) => `${JSON.stringify(log)}\n`).join('')
const FLOAT = { name: 'FloatDistribution', attributes: { low: 0, high: 1, log: false, step: null } }
const intTo = (high: number, step = 1) => ({ name: 'IntDistribution', attributes: { low: 0, high, log: false, step } })
const list = (...choices: readonly unknown[]) => ({ name: 'CategoricalDistribution', attributes: { choices } })

/** An Optuna study as one JSON document. */
const json = (trials: readonly object[], directions: readonly unknown[] = ['MINIMIZE']): string =>
  JSON.stringify({ directions, trials })
const complete = (params: object, distributions: object, more: object = {}) => ({
  state: 'COMPLETE',
  value: 1,
  params,
  distributions,
  ...more,
})

test('every field of a trial in a document is kept', () => {
  const text = json([
    complete(
      { x: 0.5 },
      { x: FLOAT },
      {
        value: 2.5,
        datetime_start: '2026-01-02T03:04:05.000',
        datetime_complete: '2026-01-02T04:04:05+01:00',
        user_attrs: { note: 'hi' },
        system_attrs: { constraints: [1, null, -0.5] },
        intermediate_values: { 1: 0.5, 10: null },
      },
    ),
  ])
  const startedMs = Date.UTC(2026, 0, 2, 3, 4, 5)
  expect(fromOptuna(text)).toEqual({
    document: {
      version: 1,
      space: { x: float(0, 1) },
      direction: 'minimize',
      trials: [
        {
          params: { x: 0.5 },
          state: 'complete',
          value: 2.5,
          reports: [
            { step: 1, value: 0.5 },
            { step: 10, value: 'NaN' },
          ],
          userAttrs: { note: 'hi' },
          constraints: [1, 'NaN', -0.5],
          startedMs,
          heartbeatMs: startedMs,
          endedMs: startedMs,
        },
      ],
    },
    skipped: [],
  })
})

test('the states of a document: names, numbers, unknown ones, waiting trials, and trials without a complete value', () => {
  const trial = (state: unknown, more: object = {}) => ({
    state,
    params: { x: 1 },
    distributions: { x: FLOAT },
    ...more,
  })
  const { document, skipped } = fromOptuna(
    json([
      trial('COMPLETE', { value: 3 }),
      trial(1, { value: null, values: [4] }),
      trial('PRUNED', { value: 9 }),
      trial('FAIL'),
      trial('RUNNING'),
      trial('SLEEPING'),
      trial(77),
      trial(undefined),
      trial('WAITING'),
      trial('COMPLETE'),
      trial('COMPLETE', { value: 'NaN' }),
      trial('COMPLETE', { values: [1, 2] }),
      trial('COMPLETE', { value: 'Infinity' }),
    ]),
  )
  const params = { x: 1 }
  const failed = { params, state: 'failed', reason: 'it is complete without a value' }
  expect(document.trials).toEqual([
    { params, state: 'complete', value: 3 },
    { params, state: 'complete', value: 4 },
    { params, state: 'pruned' },
    { params, state: 'failed' },
    { params, state: 'running' },
    { params, state: 'running' },
    { params, state: 'running' },
    { params, state: 'running' },
    failed,
    failed,
    failed,
    { params, state: 'complete', value: 'Infinity' },
  ])
  expect(skipped).toEqual([{ number: 8, why: 'it is waiting' }])
})

test('several objectives have values, and each of them must be a number', () => {
  const trial = (values: unknown) => complete({ x: 1 }, { x: FLOAT }, { value: null, values })
  const { document } = fromOptuna(json([trial([1, 2]), trial([1, null]), trial([1])], [1, 2]))
  expect([document.direction, document.directions]).toEqual(['minimize', ['minimize', 'maximize']])
  expect(document.trials.map(({ state, values }) => [state, values])).toEqual([
    ['complete', [1, 2]],
    ['failed', undefined],
    ['failed', undefined],
  ])
  expect(fromOptuna(json([trial([1])], ['MAXIMIZE'])).document).toMatchObject({ direction: 'maximize' })
  expect(fromOptuna(json([trial([1])], [])).document.direction).toBe('minimize')
  expect(fromOptuna(json([trial([1])])).document).not.toHaveProperty('directions')
})

test('times without a zone count as UTC, and invalid times are left out', () => {
  const at = (datetime_start: unknown) =>
    fromOptuna(json([complete({ x: 1 }, { x: FLOAT }, { datetime_start })])).document.trials[0]?.startedMs
  const noon = Date.UTC(2026, 5, 1, 12)
  expect(
    ['2026-06-01T12:00:00', '2026-06-01 12:00:00Z', '2026-06-01T14:00:00+02:00', '2026-06-01T05:00:00-0700'].map(at),
  ).toEqual([noon, noon, noon, noon])
  expect(['yesterday', 5, null, undefined].map(at)).toEqual([undefined, undefined, undefined, undefined])
})

test('every distribution becomes a dimension, and differing distributions become one that covers both', () => {
  const { document } = fromOptuna(
    json([
      complete(
        { a: 0.5, b: 4, c: 0.25, d: 'x', e: [1, 2], f: 3 },
        {
          a: { name: 'FloatDistribution', attributes: { low: 0.1, high: 1, log: true, step: null } },
          b: intTo(8, 2),
          c: { name: 'FloatDistribution', attributes: { low: 0, high: 1, log: false, step: 0.25 } },
          d: list('x', 'y'),
          e: list([1, 2], [3]),
          f: intTo(3),
        },
      ),
      complete(
        { a: 0.5, b: 10, c: 0, d: 'z', e: [3], f: 9 },
        {
          a: { name: 'FloatDistribution', attributes: { low: 0.01, high: 0.9, log: true, step: null } },
          b: intTo(12, 2),
          c: { name: 'FloatDistribution', attributes: { low: 0, high: 1, log: false, step: 0.25 } },
          d: JSON.stringify(list('z', 'x')),
          e: list([3], [1, 2]),
          f: intTo(9, 1),
        },
      ),
    ]),
  )
  expect(document.space).toEqual({
    a: float(0.01, 1, { log: true }),
    b: int(0, 12, { step: 2 }),
    c: float(0, 1, { step: 0.25 }),
    d: choice(['x', 'y', 'z']),
    e: choice(['[1,2]', '[3]']),
    f: int(0, 9),
  })
  expect(document.trials.map(({ params }) => params)).toEqual([
    { a: 0.5, b: 4, c: 0.25, d: 'x', e: '[1,2]', f: 3 },
    { a: 0.5, b: 10, c: 0, d: 'z', e: '[3]', f: 9 },
  ])
})

test('a choice above a parameter with its value in the name becomes a branch; other dots become underscores', () => {
  const head = list('mlp', 'linear')
  const { document } = fromOptuna(
    json([
      complete(
        { 'head.mlp.width': 8, head: 'mlp', 'head.cnn.depth': 1, 'a.b': 1, 'x..y': 2, lr: 0.5 },
        {
          'head.mlp.width': intTo(64),
          head,
          'head.cnn.depth': intTo(4),
          'a.b': intTo(4),
          'x..y': intTo(4),
          lr: FLOAT,
        },
      ),
      complete(
        { head: 'linear', 'head.cnn.depth': 2, 'a.b': 3, 'x..y': 4 },
        { head, 'head.cnn.depth': intTo(4), 'a.b': intTo(4), 'x..y': intTo(4) },
      ),
    ]),
  )
  expect(document.space).toMatchObject({
    head_cnn_depth: int(0, 4),
    a_b: int(0, 4),
    x__y: int(0, 4),
    lr: branch({ absent: {}, present: { value: float(0, 1) } }),
  })
  expect(document.trials.map(({ params }) => params)).toMatchObject([
    { head: { kind: 'mlp' }, head_cnn_depth: 1, a_b: 1, x__y: 2, lr: { kind: 'present', value: 0.5 } },
    { head: { kind: 'linear' }, head_cnn_depth: 2, a_b: 3, x__y: 4, lr: { kind: 'absent' } },
  ])
})

test('a document without a parameter, and a study that the journal does not have, are rejected', () => {
  expect(() => fromOptuna(json([complete({}, {})]))).toThrow('no trial has a parameter')
  expect(() => fromOptuna(json([{ state: 'COMPLETE', value: 1, params: { x: 1 } }]))).toThrow(
    'no trial has a parameter',
  )
  const made = { op_code: 0, study_name: 'one', directions: [1] }
  const trial = { op_code: 4, study_id: 0, ...complete({ x: 1 }, { x: FLOAT }) }
  expect(fromOptuna(lines(made, trial), { name: 'one' }).document.trials).toHaveLength(1)
  expect(() => fromOptuna(lines(made, trial), { name: 'two' })).toThrow('pass the name of one, got two')
})

test('a journal: deleted studies, trials of unknown studies, attributes, constraints and lines that are not objects', () => {
  const deleted = { op_code: 0, study_name: 'gone', directions: [1] }
  const made = { op_code: 0, study_name: 'kept', directions: [2] }
  const logs = [
    deleted,
    made,
    { op_code: 1, study_id: 0 },
    { op_code: 4, study_id: 7, datetime_start: null },
    { op_code: 4, study_id: 1, datetime_start: '2026-06-01T12:00:00' },
    { op_code: 5, trial_id: 1, param_name: 'x', param_value_internal: 0.25, distribution: JSON.stringify(FLOAT) },
    { op_code: 7, trial_id: 1, step: 3, intermediate_value: 0.125 },
    { op_code: 8, trial_id: 1, user_attr: { a: 1 } },
    { op_code: 8, trial_id: 1, user_attr: { b: 2 } },
    { op_code: 9, trial_id: 1, system_attr: { constraints: [2] } },
    { op_code: 9, trial_id: 1, system_attr: { other: 1 } },
    { op_code: 9, trial_id: 1, system_attr: 'none' },
    { op_code: 6, trial_id: 1, state: 1, values: [0.5], datetime_complete: '2026-06-01T12:00:01' },
    { op_code: 99, trial_id: 1 },
  ]
  const { document } = fromOptuna(`${lines(...logs)}7\n\nnull\n`)
  const startedMs = Date.UTC(2026, 5, 1, 12)
  expect(document).toEqual({
    version: 1,
    space: { x: float(0, 1) },
    direction: 'maximize',
    trials: [
      {
        params: { x: 0.25 },
        state: 'complete',
        value: 0.5,
        reports: [{ step: 3, value: 0.125 }],
        userAttrs: { a: 1, b: 2 },
        constraints: [2],
        startedMs,
        heartbeatMs: startedMs,
        endedMs: startedMs + 1000,
      },
    ],
  })
})
