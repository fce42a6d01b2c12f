import type { Op } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { createMutableState, type MutableState } from '../src/index.ts'
import { refusal, set, switchOp, trainer } from './support.ts'

const apply = (state: MutableState, op: Op) => state.apply(op, { step: 0, total: null })

test('disable refuses changes to a key until it is enabled, and its value stays', () => {
  const { state, groups } = trainer()
  expect(apply(state, switchOp('disable', { key: 'lr' }))).toEqual({
    ok: true,
    payload: { key: 'lr' },
    old: { key: 'lr' },
  })
  expect(refusal(set(state, { lr: 0.5 }))).toBe('actuator_disabled: `lr` is disabled: enable it first')
  expect(refusal(set(state, { momentum: 0.5, lr: 0.5 }))).toMatch('actuator_disabled: `lr`')
  expect(refusal(set(state, { scheduler_drop: 0.5 }))).toMatch('actuator_disabled: `lr`')
  expect([groups[0]?.lr, groups[0]?.momentum]).toEqual([0.1, 0.9])
  apply(state, switchOp('enable', { key: 'lr' }))
  expect(set(state, { lr: 0.5 })).toMatchObject({ ok: true })
})

test('without a key and with id main a whole module is switched, and `old` has only what changed', () => {
  const { state } = trainer()
  apply(state, switchOp('disable', { key: 'aux' }, 'loss'))
  expect(apply(state, switchOp('disable', null, 'loss'))).toEqual({
    ok: true,
    payload: { keys: ['ce', 'terms.ce', 'aux', 'terms.aux'] },
    old: { keys: ['ce', 'terms.ce', 'terms.aux'] },
  })
  expect(apply(state, switchOp('enable', { keys: ['ce', 'terms.ce', 'terms.aux'] }, 'loss'))).toMatchObject({
    ok: true,
  })
  expect(refusal(set(state, { aux: 1 }))).toMatch('actuator_disabled')
  expect(set(state, { ce: 1 })).toMatchObject({ ok: true })
  expect(set(state, { lr: 0.5 })).toMatchObject({ ok: true })
})

test('a switch without effect is applied, with nothing to revert', () => {
  expect(apply(trainer().state, switchOp('enable', { key: 'lr' }))).toEqual({
    ok: true,
    payload: { key: 'lr' },
    old: null,
  })
})

test('an id that is a key means that control, and an alias its owner', () => {
  const { state } = trainer()
  expect(apply(state, switchOp('disable', null, 'loss', 'aux_w'))).toMatchObject({ ok: true, payload: { key: 'aux' } })
  expect(apply(state, switchOp('disable', { key: 'ce_w' }, 'loss'))).toMatchObject({ ok: true, payload: { key: 'ce' } })
})

test('unknown keys and modules without controls fail, and no entry of the list is applied', () => {
  const { state } = trainer()
  expect(refusal(apply(state, switchOp('disable', { key: 'lrr' })))).toBe('unknown_param: `lrr`: did you mean `lr`?')
  expect(refusal(apply(state, switchOp('disable', { keys: ['lr', 'nothing'] })))).toMatch('unknown_param: `nothing`')
  expect(refusal(apply(state, switchOp('disable', { keys: [] })))).toBe(
    'no_params: `disable` needs at least one key, got none',
  )
  expect(refusal(apply(state, switchOp('disable', null, 'data')))).toBe('module `data` has no controls in this trainer')
  expect(refusal(apply(createMutableState(), switchOp('disable', null)))).toBe(
    'module `opt` has no controls in this trainer',
  )
  expect(set(state, { lr: 0.5 })).toMatchObject({ ok: true })
})

test('switching writes nothing to the trainer', () => {
  let writes = 0
  const { state, groups } = trainer({ schedule: () => 0.1 })
  const group = groups[0]
  if (group === undefined) throw new Error('unreachable: no group')
  Object.defineProperty(group, 'lr', { get: () => 0.1, set: () => writes++ })
  apply(state, switchOp('disable', { key: 'lr' }))
  apply(state, switchOp('enable', { key: 'lr' }))
  expect(writes).toBe(0)
})
