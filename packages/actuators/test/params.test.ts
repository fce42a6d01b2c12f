import { expect, test } from 'vitest'
import { createMutableState } from '../src/index.ts'
import { refusal, set, setOp, trainer } from './support.ts'

test('key and value name one control, and the payload is flat', () => {
  const { state, groups } = trainer()
  expect(set(state, { key: 'lr', value: 0.3, group: 'head' })).toEqual({
    ok: true,
    payload: { lr: 0.3, group: 'head' },
    old: { lr: 0.1 },
  })
  expect(groups[1]?.lr).toBe(0.3)
  expect(refusal(set(state, { key: 'lr', value: 0.3, momentum: 0 }))).toBe(
    '`key` and `value` set one control: `momentum` must be in a separate command',
  )
})

test('a null leaves a value unchanged, as in hotcb 2', () => {
  const { state } = trainer()
  expect(set(state, { lr: null, momentum: 0.5 })).toEqual({
    ok: true,
    payload: { momentum: 0.5 },
    old: { momentum: 0.9 },
  })
  expect(refusal(set(state, { lr: null }))).toBe('no_params: nothing to set: give `params` with at least one key')
  expect(refusal(set(state, {}))).toBe('no_params: nothing to set: give `params` with at least one key')
  expect(refusal(set(state, { group: 'head' }))).toBe('no_params: nothing to set: give `params` with at least one key')
})

test('keys of hotcb 2 that select an optimizer set nothing', () => {
  expect(set(trainer().state, { opt_idx: 0, id: 'main', momentum: 0.5 })).toMatchObject({
    ok: true,
    payload: { momentum: 0.5 },
  })
})

test('an unknown key is refused with the nearest key, or with the existing ones', () => {
  const { state } = trainer()
  expect(refusal(set(state, { weight_dcay: 0.1 }))).toBe('unknown_param: `weight_dcay`: did you mean `weight_decay`?')
  expect(refusal(set(state, { zzzzz: 0.1 }))).toBe(
    'unknown_param: `zzzzz`: this trainer has lr, weight_decay, betas, momentum, clip_norm, ce, terms.ce, aux, terms.aux',
  )
  expect(refusal(set(createMutableState(), { lr: 1 }))).toBe('unknown_param: `lr`: this trainer has no controls')
  expect(refusal(set(state, { __proto__x: 1 }))).toMatch('unknown_param: `__proto__x`')
  expect(refusal(set(state, JSON.parse('{"__proto__": 1, "lr": 0.1}')))).toMatch('unknown_param: `__proto__`')
})

test('one bad key fails the whole command', () => {
  const { state, groups } = trainer()
  const before = structuredClone(groups)
  expect(refusal(set(state, { momentum: 0.5, weight_decay: 7 }))).toBe('`weight_decay` must be between 0 and 1, got 7')
  expect(refusal(set(state, { momentum: 0.5, nothing: 7 }))).toMatch('unknown_param: `nothing`')
  expect(groups).toEqual(before)
})

test('an unknown op is refused with its name', () => {
  const { state } = trainer()
  expect(state.apply({ ...setOp({ lr: 0.1 }), op: 'load' }, { step: 0, total: null })).toEqual({
    ok: false,
    error: 'unknown_op: `load`: module `opt` has the ops set_params, enable, disable',
  })
})

test('has and touched find controls by name, alias, ramp and schedule', () => {
  const { state } = trainer()
  expect(['lr', 'scheduler_drop', 'aux_w', 'ramps.aux', 'terms.aux', 'ramps.betas', 'nothing'].map(state.has)).toEqual([
    true,
    true,
    true,
    true,
    true,
    false,
    false,
  ])
  expect(state.touched({ aux_w: 1, 'ramps.aux': null, lr: 1, nothing: 2, group: 0 })).toEqual(['aux', 'lr'])
  expect(state.touched({ aux_w: 1 })).toEqual(['aux'])
  expect(state.touched({ key: 'lr', value: 1 })).toEqual(['lr'])
})
