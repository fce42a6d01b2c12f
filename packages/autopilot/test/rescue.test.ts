import { createLineWindow, type LineWindow } from '@hotcb/metrics/judge'
import { expect, test } from 'vitest'
import { planRescue, type RescueInput, spanOf } from '../src/rescue.ts'
import type { RescueState } from '../src/rescue-state.ts'

function windowOf(values: readonly (number | null)[], sign: 1 | -1 = 1): LineWindow {
  const window = createLineWindow({ sign })
  for (const [step, value] of values.entries()) window.push(step, value)
  return window
}

const times = (count: number, value: number): number[] => Array.from({ length: count }, () => value)
const LEARNED = windowOf([...times(5, 4), ...times(5, 1)])
const RATE = { key: 'lr', module: 'opt', value: 1, min: 1e-6, max: 10, isOnRamp: false } as const
const START = { tag: 'auto-start', step: 0, clock: 0 }
const saved = (step: number, clock = step): { tag: string; step: number; clock: number } => ({
  ...{ tag: `auto-${step}`, step, clock },
})

const INPUT: RescueInput = {
  ...{ step: 210, clock: 210, metric: 'loss', window: LEARNED, onset: 200, rate: RATE },
  checkpoints: [START, saved(100), saved(150), saved(205)],
  valueAt: () => undefined,
  ...{ canLoad: true, canSave: true, hasDataSkip: false, isTwoSided: false, epochSteps: 40, total: 1000, last: null },
}

const plan = (more: Partial<RescueInput> = {}): unknown => planRescue({ ...INPUT, ...more })

const STATE: RescueState = {
  ...{ kind: 'rollback', tag: 'auto-150', rate: 0.5, skip: null, metric: 'loss', rateKey: 'lr', module: 'opt' },
  ...{ rate0: 1, count: 1, awaits: null, isTwoSided: false, first: 4, span: 0, rungs: [], index: 0, isLast: false },
}

/** The command that loads a checkpoint with this rate. */
const load = (tag: string, rate: number, note: string, expected = 1): object => ({
  ...{ module: 'core', op: 'checkpoint', params: { action: 'load', tag, set: { opt: { lr: rate } } } },
  ...{ expect: { lr: expected }, note },
})

const BACK = 'go back to step 150 (checkpoint auto-150)'
const ROLLBACK = {
  ...{ kind: 'begin', state: STATE, command: load('auto-150', 0.5, 'lr 0.5') },
  ...{ plan: [BACK, 'set lr from 1 to 0.5'], lost: 0.06, isDataSuspect: true },
}

test('without a rate, or with a rate on a ramp, there is no rescue', () => {
  expect(plan({ rate: undefined })).toEqual({ kind: 'impossible', because: 'this trainer has no control `lr`' })
  expect(plan({ rate: { ...RATE, isOnRamp: true } })).toEqual({ kind: 'impossible', because: '`lr` is on a ramp' })
})

test('a run that learned goes back to the last good checkpoint, with half the rate', () => {
  expect(plan()).toEqual(ROLLBACK)
  expect(plan({ total: null })).toEqual({ ...ROLLBACK, lost: 0 })
  expect(plan({ total: 0 })).toEqual({ ...ROLLBACK, lost: 0 })
  const least = { ...RATE, value: 1e-6 }
  expect(plan({ rate: least })).toMatchObject({ plan: [BACK], command: load('auto-150', 1e-6, 'lr 0.000001', 1e-6) })
})

test('a good checkpoint is later than the start, earlier than the onset, and at least an epoch or 50 steps old', () => {
  const tag = (more: Partial<RescueInput>): unknown => {
    const planned = planRescue({ ...INPUT, ...more })
    return planned.kind === 'begin' ? planned.state.tag : planned.because
  }
  const at = (step: number, clock: number): Partial<RescueInput> => ({ checkpoints: [START, saved(step, clock)] })
  expect(tag({ ...at(200, 100), onset: 200 })).toBe('auto-200')
  expect(tag({ ...at(201, 100), onset: 200 })).toBe('auto-start')
  expect(tag(at(100, 170))).toBe('auto-100')
  expect(tag(at(100, 171))).toBe('auto-start')
  expect(tag({ ...at(100, 160), epochSteps: 400 })).toBe('auto-100')
  expect(tag({ ...at(100, 161), epochSteps: 400 })).toBe('auto-start')
  expect(tag({ checkpoints: [START, { tag: 'mine', step: 0, clock: 0 }] })).toBe('auto-start')
  expect(tag({ onset: undefined })).toBe('auto-start')
  expect(tag({ isTwoSided: true })).toBe('auto-start')
})

test('weights are worth keeping only if the metric has halved, or fell far below zero', () => {
  const kind = (values: readonly number[], sign: 1 | -1 = 1): unknown => {
    const planned = planRescue({ ...INPUT, window: windowOf(values, sign) })
    return planned.kind === 'begin' ? planned.state.kind : planned.because
  }
  expect(kind([...times(5, 4), ...times(5, 1.99)])).toBe('rollback')
  expect(kind([...times(5, 4), ...times(5, 2)])).toBe('ladder')
  const noise = (i: number): number => 0.001 * Math.sin(i * 7)
  const accuracy = (rise: number): number[] =>
    Array.from({ length: 80 }, (_, i) => (i < 10 ? 0.1 : 0.1 + rise) + noise(i))
  expect([kind(accuracy(0.5), -1), kind(accuracy(0), -1)]).toEqual(['rollback', 'ladder'])
})

test('a trainer that can skip data skips the data from before the onset until now', () => {
  const text = 'skip the data for steps 195 to 210'
  expect(plan({ hasDataSkip: true })).toEqual({
    ...ROLLBACK,
    state: { ...STATE, skip: { from: 195, to: 210 } },
    plan: [BACK, 'set lr from 1 to 0.5', text],
  })
  // The data that the checkpoint has not seen begins at its own step.
  const late = { checkpoints: [START, saved(198, 100)], hasDataSkip: true }
  expect(plan(late)).toMatchObject({ state: { skip: { from: 198, to: 210 } } })
})

test('if the problem recurs near the last rollback, more data is skipped, or the run is paused', () => {
  const last = { step: 208, from: 190, to: 207 }
  expect(plan({ last })).toEqual({
    ...{ kind: 'pause', because: 'it went wrong near step 208 again; check the data for these steps' },
  })
  expect(plan({ last, hasDataSkip: true })).toEqual({
    ...ROLLBACK,
    state: { ...STATE, rate: 1, skip: { from: 190, to: 228 } },
    command: load('auto-150', 1, 'lr 1'),
    plan: [BACK, 'skip the data for steps 190 to 228'],
  })
  const skip = (one: RescueInput['last']): unknown => {
    const planned = planRescue({ ...INPUT, last: one, hasDataSkip: true })
    return planned.kind === 'begin' ? planned.state.skip : planned.because
  }
  expect(skip({ step: 208, from: 197, to: 230 })).toEqual({ from: 195, to: 264 })
  const near = (step: number, from: number, to: number): unknown =>
    planRescue({ ...INPUT, last: { step, from, to } }).kind
  expect([near(200, 198, 199), near(199, 197, 198), near(220, 1, 1), near(221, 1, 1)]).toEqual([
    ...['pause', 'begin', 'pause', 'begin'],
  ])
  expect([near(193, 170, 187), near(192, 170, 187)]).toEqual(['pause', 'begin'])
})

test('a rate that someone at least doubled after the checkpoint is restored', () => {
  const asked: unknown[] = []
  const before = (value: number | undefined, more: Partial<RescueInput> = {}): unknown => {
    const valueAt: RescueInput['valueAt'] = (key, { tag }) => {
      asked.push([key, tag])
      return value
    }
    return plan({ ...more, valueAt })
  }
  const undone = {
    ...{ ...ROLLBACK, isDataSuspect: false },
    plan: [BACK, 'set lr from 1 back to 0.5, its value then'],
  }
  expect(before(0.5, { hasDataSkip: true })).toEqual(undone)
  expect(asked).toEqual([['lr', 'auto-150']])
  for (const value of [0.51, 0, -1, undefined]) expect(before(value), `${value}`).toEqual(ROLLBACK)
  expect(before(1e-9)).toMatchObject({
    state: { rate: 1e-6 },
    plan: [BACK, 'set lr from 1 back to 0.000001, its value then'],
  })
})

const LADDER = {
  kind: 'begin',
  state: { ...STATE, kind: 'ladder', tag: 'auto-start', rate: 10 ** -0.5, span: 40, index: 1 },
  command: load('auto-start', 10 ** -0.5, 'lr 0.3162'),
  plan: [
    'go back to the start of the run (checkpoint auto-start)',
    'try lower rates, in half decades from 1, for 40 steps each, at most 10',
    'continue with the rate below the best of them',
  ],
  lost: 0.21,
  isDataSuspect: false,
}

test('a run that has learned nothing starts over with lower rates, or with lower and higher ones', () => {
  const none = { onset: undefined }
  expect(plan(none)).toEqual(LADDER)
  const [back, , then] = LADDER.plan
  expect(plan({ isTwoSided: true, epochSteps: 120 })).toEqual({
    ...LADDER,
    state: { ...LADDER.state, isTwoSided: true, span: 120 },
    plan: [back, 'try lower and higher rates, in half decades from 1, for 120 steps each, at most 10', then],
    lost: 0,
  })
  // If the rate is beyond its bounds, the ladder starts at the bound.
  expect(plan({ ...none, rate: { ...RATE, value: 50 } })).toMatchObject({
    state: { rate0: 10, rate: 10 / 10 ** 0.5 },
    command: load('auto-start', 10 / 10 ** 0.5, 'lr 3.162', 50),
  })
  expect(plan({ ...none, rate: { ...RATE, value: 1e-6 } })).toMatchObject({ state: { rate0: 1e-6, rate: 1e-6 } })
  expect([39, 41.4, 100.5, 200, 300].map(spanOf)).toEqual([40, 41, 101, 200, 200])
})

test('without a checkpoint to load, the rate is lowered to a tenth, and the reason is stated', () => {
  const lower = (reason: string): object => ({
    kind: 'begin',
    state: { ...STATE, kind: 'lower', tag: '', rate: 0.1 },
    command: {
      ...{ module: 'opt', op: 'set_params', params: { lr: 0.1 }, expect: { lr: 1 } },
      note: 'there is no checkpoint to go back to, so the weights stay as they are',
    },
    plan: ['set lr from 1 to 0.1', `the weights stay as they are: ${reason}`],
    ...{ lost: 0, isDataSuspect: false },
  })
  const none = { checkpoints: [] }
  expect(plan(none)).toEqual(lower('there is no checkpoint to go back to'))
  expect(plan({ ...none, canSave: false })).toEqual(lower('this trainer saves no checkpoints'))
  expect(plan({ canLoad: false })).toEqual(
    lower(
      'this trainer cannot load a checkpoint while it trains; to go back, stop it and restart it from a checkpoint',
    ),
  )
  const scale = { ...RATE, key: 'scheduler_scale', module: 'sched', value: 2e-6 } as const
  expect(plan({ ...none, rate: scale, window: windowOf([]) })).toMatchObject({
    state: { rateKey: 'scheduler_scale', module: 'sched', rate: 1e-6, rate0: 2e-6, first: 0 },
    command: { module: 'sched', params: { scheduler_scale: 1e-6 }, expect: { scheduler_scale: 2e-6 } },
  })
})
