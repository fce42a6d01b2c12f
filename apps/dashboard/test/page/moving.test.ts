import type { ControlDescription } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { createMovingKeys } from '../../src/web/staged/moving.ts'

function lr(current: number, ramp?: ControlDescription['ramp']): ControlDescription {
  const plain = { label: 'lr', min: 0, max: 1, step: null, log_base: null, choices: null, state: 'verified' as const }
  return { param_key: 'lr', type: 'float', group: 'optimizer', current, ...plain, ...(ramp !== undefined && { ramp }) }
}

test('a value that moves more often than anybody changed it is moved by the trainer', () => {
  const moving = createMovingKeys()
  for (const value of [0.1, 0.09]) moving.take([lr(value)], () => 0)
  expect([...moving.keys()]).toEqual([])
  moving.take([lr(0.08)], () => 0)
  expect([...moving.keys()]).toEqual(['lr'])
})

test('a value that people change, each change with its line in the ledger, is not', () => {
  const moving = createMovingKeys()
  for (const [i, value] of [0.1, 0.09, 0.08, 0.07].entries()) moving.take([lr(value)], () => 5 + i)
  expect([...moving.keys()]).toEqual([])
})

test('a value on a ramp is, as long as the ramp lasts', () => {
  const moving = createMovingKeys()
  moving.take([lr(0.1, { type: 'linear' })], () => 0)
  expect([...moving.keys()]).toEqual(['lr'])
  moving.take([lr(0.1)], () => 0)
  expect([...moving.keys()]).toEqual([])
})
