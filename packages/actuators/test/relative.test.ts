import type { Json, JsonObject } from '@hotcb/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMutableState, intActuator, optimizerActuators } from '../src/index.ts'
import { holder, set, setOp, switchOp, trainer } from './support.ts'

/** The result of an op with relative values. */
function resolved(state: ReturnType<typeof createMutableState>, params: JsonObject, step = 0): Json {
  const op = state.resolve(setOp(params), step)
  return op.ok ? (op.value.params ?? null) : op.reason
}

test('a relative value multiplies the current value of each parameter group, or is added to it', () => {
  const { state } = trainer()
  expect(resolved(state, { lr: { mul: 0.5 } })).toEqual({ lr: 0.05 })
  expect(resolved(state, { weight_decay: { add: 0.1 } })).toEqual({ weight_decay: [0.11, 0.1] })
  expect(resolved(state, { lr: { add: 0.1 } })).toEqual({ lr: [0.2, 0.30000000000000004] })
  expect(resolved(state, { lr: { mul: 2 }, group: 'head', ce_w: 3 })).toEqual({ lr: 0.4, ce_w: 3, group: 'head' })
  expect(resolved(state, { key: 'ce', value: { add: -0.5 } })).toEqual({ ce: 0.5 })
})

test('groups whose ratio was changed keep their own values when the rate is multiplied', () => {
  const { state, groups } = trainer()
  set(state, { lr: 0.3, group: 'head' })
  const op = state.resolve(setOp({ lr: { mul: 0.5 } }), 1)
  if (op.ok) state.apply(op.value, { step: 1, total: null })
  expect(groups.map(({ lr }) => lr)).toEqual([0.05, 0.15])
})

test('under a schedule a relative rate refers to the current one, and the shape continues', () => {
  const { state, groups } = trainer({ schedule: (step) => [0, 0.1 * step] })
  const op = state.resolve(setOp({ scheduler_scale: { mul: 0.5 } }), 3)
  expect(op).toMatchObject({ ok: true, value: { params: { scheduler_scale: 0.5 } } })
  const head = state.resolve(setOp({ lr: { mul: 0.5 }, group: 'head' }), 2)
  expect(head).toMatchObject({ ok: true, value: { params: { lr: 0.1, group: 'head' } } })
  if (head.ok)
    expect(state.apply(head.value, { step: 2, total: null })).toMatchObject({ payload: { scheduler_scale: 0.5 } })
  state.tick(4)
  expect(groups[1]?.lr).toBe(0.2)
})

test('during a ramp the value of this step counts', () => {
  const { state } = trainer()
  set(state, { 'ramps.aux': { steps: 10, end: 1 } }, 0)
  expect(resolved(state, { aux: { mul: 2 } }, 5)).toEqual({ aux: 1 })
})

test('the result must be a value that the control accepts', () => {
  const held = holder<number>(5)
  const state = createMutableState([intActuator({ key: 'k', ...held, max: 20 })])
  const apply = (params: JsonObject) => {
    const op = state.resolve(setOp(params), 0)
    return op.ok ? state.apply(op.value, { step: 0, total: null }) : op.reason
  }
  expect(apply({ k: { mul: 0.5 } })).toEqual({ ok: false, error: '`k` must be a whole number, got 2.5' })
  expect(apply({ k: { mul: 5 } })).toEqual({ ok: false, error: '`k` must be at most 20, got 25' })
  expect(apply({ k: { mul: 1e308 } })).toMatch(/^`k` must stay finite/)
  expect(apply({ k: { add: 3 } })).toEqual({ ok: true, payload: { k: 8 }, old: { k: 5 } })
})

test('only a single number accepts a relative value, and an applied op contains none', () => {
  const { state } = trainer()
  const refused = (params: JsonObject) => {
    const op = state.resolve(setOp(params), 0)
    const outcome = op.ok ? state.apply(op.value, { step: 0, total: 10 }) : { ok: false, error: op.reason }
    return 'error' in outcome ? outcome.error : outcome
  }
  expect(refused({ 'terms.ce': { mul: 2 } })).toBe('`terms.ce` must be true or false, got {"mul":2}')
  expect(refused({ betas: { mul: 2 } })).toBe('`betas` must be a list of 2 numbers, got {"mul":2}')
  expect(refused({ 'ramps.ce': { mul: 2 } })).toBe('`ramps.ce` does not accept a relative value, got {"mul":2}')
  expect(state.apply(setOp({ lr: { mul: 2 } }), { step: 0, total: null })).toEqual({
    ok: false,
    error: '`lr` does not accept a relative value here, got {"mul":2}',
  })
  state.apply(switchOp('disable', { key: 'lr' }), { step: 0, total: null })
  expect(refused({ lr: { mul: 2 } })).toMatch(/^actuator_disabled/)
})

test('a relative value has the same effect as its resolved value', () => {
  const number = fc.double({ min: 1e-3, max: 10, noNaN: true })
  const relative = fc.oneof(fc.record({ mul: number }), fc.record({ add: number }))
  const params = fc.oneof(
    fc.record({ lr: relative }),
    fc.record({ lr: relative, group: fc.constantFrom('body', 'head') }),
    fc.record({ weight_decay: relative, ce: relative }),
  )
  fc.assert(
    fc.property(fc.array(params), fc.boolean(), (asked, isScheduled) => {
      const options = isScheduled ? { schedule: (step: number) => [0.1 / (1 + step), 0.3] } : {}
      const [live, again] = [trainer(options), trainer(options)]
      for (const [step, one] of asked.entries()) {
        const op = live.state.resolve(setOp(one), step)
        const outcome = op.ok ? live.state.apply(op.value, { step, total: null }) : null
        // The ledger's payload, applied again.
        if (outcome?.ok === true) again.state.apply(setOp(outcome.payload ?? {}), { step, total: null })
      }
      expect(again.state.snapshot()).toEqual(live.state.snapshot())
      expect(again.groups).toEqual(live.groups)
    }),
  )
})

test('a rate of 0 in a frozen group stays 0 when all rates are multiplied', () => {
  const groups = [{ lr: 0.1 }, { lr: 0 }]
  const state = createMutableState(optimizerActuators({ paramGroups: groups }))
  expect(resolved(state, { lr: { mul: 0.5 } })).toEqual({ lr: 0.05 })
})

test('under a schedule the shortest form with the same effect is recorded', () => {
  const scheduled = () => trainer({ schedule: () => [0.1, 0.2] }).state
  expect(resolved(scheduled(), { lr: { mul: 0.5 } })).toEqual({ lr: 0.05 })
  expect(resolved(scheduled(), { lr: { add: 0.1 } })).toEqual({ lr: [0.2, 0.30000000000000004] })
  expect(resolved(scheduled(), { scheduler_scale: { add: 0.5 } })).toEqual({ scheduler_scale: 1.5 })
  expect(resolved(scheduled(), { scheduler_scale: { mul: 2 } })).toEqual({ scheduler_scale: 2 })
  const uneven = scheduled()
  set(uneven, { scheduler_scale: [1, 0.5] })
  expect(resolved(uneven, { lr: { mul: 0.5 } })).toEqual({ lr: [0.05, 0.05] })
  expect(resolved(uneven, { scheduler_scale: { mul: 2 } })).toEqual({ scheduler_scale: [2, 1] })
  const single = createMutableState(optimizerActuators({ paramGroups: [{ lr: 0.1 }] }, { schedule: () => 0.1 }))
  expect(resolved(single, { lr: { add: 0.1 } })).toEqual({ lr: 0.2 })
})

test('if a schedule throws, a relative rate is refused, but a relative scale is not', () => {
  const { state } = trainer({
    schedule: (step) => {
      if (step > 0) throw new Error('no such epoch')
      return 0.1
    },
  })
  expect(resolved(state, { lr: { mul: 2 } }, 1)).toBe('schedule_exception: no such epoch')
  expect(resolved(state, { scheduler_scale: { mul: 2 } }, 1)).toEqual({ scheduler_scale: 2 })
})

test('an op without relative values is returned as it is, and a missing group refuses one with them', () => {
  const { state } = trainer()
  for (const op of [setOp({ lr: 0.1 }), switchOp('enable', { key: 'lr' }), { ...setOp({}), params: null }]) {
    const found = state.resolve(op, 0)
    expect(found.ok && found.value).toBe(op)
  }
  expect(resolved(state, { lr: { mul: 2 }, group: 'tail' })).toBe(
    '`group` must be one of body, head for `lr`, got "tail"',
  )
  expect(resolved(state, { lr: { mul: 10 }, group: 'head' })).toEqual({ lr: 2, group: 'head' })
  expect(resolved(state, { nothing: { mul: 2 }, lr: 0.1 })).toEqual({ nothing: { mul: 2 }, lr: 0.1 })
})
