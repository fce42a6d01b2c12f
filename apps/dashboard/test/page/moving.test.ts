import type { ControlDescription } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { createMovingKeys } from '../../src/web/staged/moving.ts'

function lr(current: number, ramp?: ControlDescription['ramp']): ControlDescription {
  const plain = { label: 'lr', min: 0, max: 1, step: null, log_base: null, choices: null, state: 'verified' as const }
  return { param_key: 'lr', type: 'float', group: 'optimizer', current, ...plain, ...(ramp !== undefined && { ramp }) }
}

test('a value that changes more often than commands changed it is changed by the trainer', () => {
  const moving = createMovingKeys()
  for (const value of [0.1, 0.09]) moving.take([lr(value)], () => 0, 10)
  expect([...moving.keys()]).toEqual([])
  moving.take([lr(0.08)], () => 0, 10)
  expect([...moving.keys()]).toEqual(['lr'])
})

test('a value that people change, with a ledger line for each change, is not changed by the trainer', () => {
  const moving = createMovingKeys()
  for (const [i, value] of [0.1, 0.09, 0.08, 0.07].entries()) moving.take([lr(value)], () => 5 + i, 10)
  expect([...moving.keys()]).toEqual([])
})

test('a value whose ramp has reached its end is not changed by the trainer', () => {
  const moving = createMovingKeys()
  const ramp = { type: 'linear', start: 0, end: 0.1, first_step: 5, steps: 20 }
  moving.take([lr(0.1, ramp)], () => 0, 24)
  expect([...moving.keys()]).toEqual(['lr'])
  moving.take([lr(0.1, ramp)], () => 0, 25)
  expect([...moving.keys()]).toEqual([])
})

test('a value on a ramp is changed by the trainer as long as the ramp lasts', () => {
  const moving = createMovingKeys()
  moving.take([lr(0.1, { type: 'linear' })], () => 0, 10)
  expect([...moving.keys()]).toEqual(['lr'])
  moving.take([lr(0.1)], () => 0, 10)
  expect([...moving.keys()]).toEqual([])
})
