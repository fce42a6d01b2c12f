import fc from 'fast-check'
import { expect, test } from 'vitest'
import { boolActuator, createMutableState, floatActuator, intActuator } from '../src/index.ts'
import { holder, refusal, set, setOp, trainer } from './support.ts'

test('a warm-up changes the rate of every group, each with its ratio to group 0', () => {
  const { state, groups } = trainer()
  expect(set(state, { 'ramps.lr': { steps: 4, start: 1e-3, end: 0.1 } }, 10)).toEqual({
    ok: true,
    payload: { 'ramps.lr': { type: 'linear', steps: 4, start: 1e-3, end: 0.1, first_step: 10 } },
    old: { lr: 0.1 },
  })
  const seen = [10, 12, 14, 15].map((step) => {
    state.tick(step)
    return groups.map(({ lr }) => lr)
  })
  expect(seen).toEqual([
    [1e-3, 2e-3],
    [0.0505, 0.101],
    [0.1, 0.2],
    [0.1, 0.2],
  ])
})

test('for other optimizer parameters every group gets the value of the ramp', () => {
  const { state, groups } = trainer()
  expect(set(state, { 'ramps.weight_decay': { steps: 2, start: 0, end: 0.03 } })).toMatchObject({
    old: { weight_decay: [0.01, 0] },
  })
  state.tick(1)
  expect(groups.map(({ weightDecay }) => weightDecay)).toEqual([0.015, 0.015])
})

test('a ramp changes a custom control, and a control of whole numbers stays whole', () => {
  const [size, heat] = [holder<number>(1), holder<number>(0)]
  const state = createMutableState([
    intActuator({ key: 'size', group: 'data', min: 1, max: 9, ...size }),
    floatActuator({ key: 'heat', group: 'data', ...heat }),
  ])
  set(state, { 'ramps.size': { steps: 10, end: 4 }, 'ramps.heat': { steps: 10, end: 1 } })
  state.tick(5)
  expect([size.value, heat.value]).toEqual([3, 0.5])
  expect(refusal(set(state, { 'ramps.size': { steps: 10, end: 4.5 } }))).toBe(
    '`ramps.size.end` must be a whole number, got 4.5',
  )
  expect(refusal(set(state, { 'ramps.size': { steps: 10, end: 10 } }))).toBe(
    '`ramps.size.end` must be between 1 and 9, got 10',
  )
})

test('setting one group ends the ramp, and the others keep the value it has reached', () => {
  const { state, groups } = trainer()
  set(state, { 'ramps.lr': { steps: 10, start: 0.1, end: 0.3 } }, 0)
  expect(set(state, { lr: 0.05, group: 'head' }, 5)).toMatchObject({ ok: true, payload: { lr: 0.05, group: 'head' } })
  state.tick(9)
  expect(groups.map(({ lr }) => lr)).toEqual([0.2, 0.05])
})

test('null ends the ramp of a rate at its current value, and a revert restores the ramp', () => {
  const { state, groups } = trainer()
  set(state, { 'ramps.lr': { steps: 10, start: 0.1, end: 0.3 } }, 0)
  const ended = set(state, { 'ramps.lr': null }, 5)
  expect(ended).toMatchObject({ ok: true, payload: { 'ramps.lr': null, lr: 0.2 } })
  state.tick(6)
  expect(groups.map(({ lr }) => lr)).toEqual([0.2, 0.4])
  if (ended.ok) set(state, ended.old ?? {}, 8)
  expect(groups[0]?.lr).toBeCloseTo(0.26, 12)
})

test('a ramp is refused for a rate under a schedule, a switch, a pair, and some of the groups', () => {
  const ramp = { steps: 1, end: 0.1 }
  const scheduled = trainer({ schedule: () => 0.1 }).state
  expect(refusal(set(scheduled, { 'ramps.lr': ramp }))).toBe(
    '`ramps.lr`: `lr` follows a schedule, and cannot have a ramp: set `scheduler_scale` instead',
  )
  const { state } = trainer()
  expect(refusal(set(state, { 'ramps.betas': ramp }))).toBe(
    '`ramps.betas`: there cannot be a ramp for `betas`, a control of type tuple',
  )
  expect(refusal(set(state, { 'ramps.terms.ce': ramp }))).toMatch('a control of type bool')
  expect(refusal(set(state, { 'ramps.lr': ramp, group: 'head' }))).toBe(
    '`ramps.lr` changes all parameter groups: leave `group` and `groups` out',
  )
  expect(refusal(set(state, { 'ramps.lr': { steps: 1, end: 0.6 } }))).toBe(
    '`ramps.lr.end` must be between 1e-7 and 1, got 1.2 in group head',
  )
  expect(() => createMutableState([boolActuator({ key: 'on', ...holder<boolean>(true), rampable: true })])).toThrow(
    '`on` is of type bool, but only numbers can have a ramp: leave `rampable` out',
  )
})

test('the payloads of ramps and values, applied again, give the same cells', () => {
  const rate = fc.double({ min: 1e-3, max: 0.4, noNaN: true })
  const params = fc.oneof(
    fc.record({ 'ramps.lr': fc.record({ steps: fc.nat(5), end: rate }) }),
    fc.record({ 'ramps.weight_decay': fc.record({ steps: fc.nat(5), end: rate, start: rate }) }),
    fc.record({ lr: rate, group: fc.constantFrom('body', 'head') }),
    fc.record({ weight_decay: rate }),
    fc.constant({ 'ramps.lr': null }),
    fc.constant({ 'ramps.weight_decay': null }),
  )
  fc.assert(
    fc.property(fc.array(params), (asked) => {
      const [live, again] = [trainer(), trainer()]
      for (const [step, one] of asked.entries()) {
        const outcome = set(live.state, one, step)
        if (!outcome.ok) continue
        again.state.apply(setOp(outcome.payload ?? {}), { step, total: null })
        // The revert, and the change itself again.
        live.state.apply(setOp(outcome.old ?? {}), { step, total: null })
        live.state.apply(setOp(outcome.payload ?? {}), { step, total: null })
      }
      expect(again.state.snapshot()).toEqual(live.state.snapshot())
    }),
  )
})
