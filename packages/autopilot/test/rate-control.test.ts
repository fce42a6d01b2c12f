import type { ControlDescription } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { conditionOrder } from '../src/condition-params.ts'
import { clamped, rateControl } from '../src/rate-control.ts'
import type { ConditionName } from '../src/types.ts'
import { control } from './support.ts'

const key = (...controls: readonly ControlDescription[]): unknown => rateControl(controls)?.key

test('the rate is the scale of a schedule, otherwise `lr`, if it is a number that can be set', () => {
  const [lr, scale] = [control('lr', 0.1), control('scheduler_scale', 1, { group: 'sched' })]
  expect(rateControl([control('wd', 1), lr])).toEqual({
    ...{ key: 'lr', module: 'opt', value: 0.1, min: 0, max: 10, isOnRamp: false },
  })
  expect(rateControl([lr, scale])).toMatchObject({ key: 'scheduler_scale', module: 'sched', value: 1 })
  expect([key(lr, { ...scale, state: 'disabled' }), key(lr, { ...scale, current: null })]).toEqual(['lr', 'lr'])
  expect([key({ ...lr, current: 'x' }), key({ ...lr, state: 'disabled' }), key()]).toEqual(Array(3).fill(undefined))
  const onRamp = (ramp: ControlDescription['ramp']): unknown =>
    rateControl([control('lr', 1, { ramp } as never)])?.isOnRamp
  expect([onRamp({ to: 1 }), onRamp(null), onRamp(undefined)]).toEqual([true, false, false])
})

test('a value is limited to the bounds that exist', () => {
  expect([clamped(5, { min: 1, max: 3 }), clamped(0, { min: 1, max: 3 }), clamped(2, { min: 1, max: 3 })]).toEqual([
    3, 1, 2,
  ])
  expect([clamped(-5, { min: null, max: 3 }), clamped(5, { min: 1, max: null })]).toEqual([-5, 5])
})

test('conditions have an order of precedence, and version 1 conditions rank with those of the same name', () => {
  const order = (...names: readonly ConditionName[]): unknown => names.map(conditionOrder)
  expect(
    order('nan', 'divergence', 'stuck', 'grad_explosion', 'spike', 'plateau', 'overfitting', 'slow', 'silent'),
  ).toEqual([...[0, 1, 2, 3, 4, 5, 6, 7, 8]])
  expect(order('v1:divergence', 'v1:plateau', 'v1:overfitting', 'when', 'v1:custom')).toEqual([1, 5, 6, 9, 9])
})
