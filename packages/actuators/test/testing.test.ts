import type { Json } from '@hotcb/protocol'
import { describe, expect, test } from 'vitest'
import {
  boolActuator,
  choiceActuator,
  floatActuator,
  intActuator,
  lossActuators,
  optimizerActuators,
  paramGroupsOf,
  tupleActuator,
} from '../src/index.ts'
import { type ActuatorSample, actuatorCases } from '../src/testing.ts'
import { holder } from './support.ts'

function first(actuators: readonly ActuatorSample['actuator'][], values: ActuatorSample['values']): ActuatorSample {
  const [actuator] = actuators
  if (actuator === undefined) throw new Error('unreachable: no control')
  return { actuator, values }
}

const samples: Record<string, () => ActuatorSample> = {
  bool: () => first([boolActuator({ key: 'x', ...holder<boolean>(true) })], [[false], [true]]),
  int: () => first([intActuator({ key: 'x', ...holder<number>(1) })], [[2], [0]]),
  choice: () => first([choiceActuator({ key: 'x', choices: ['a', 'b'], ...holder<Json>('a') })], [['b']]),
  tuple: () => first([tupleActuator({ key: 'x', ...holder<readonly number[]>([1, 2]) })], [[[3, 4]]]),
  lr: () => first(optimizerActuators({ paramGroups: [{ lr: 0.1 }, { lr: 0.3 }] }), [[0.2, 0.4]]),
  'lr of another kind of optimizer': () =>
    first(optimizerActuators(paramGroupsOf({ rate: 0.1 }, { lr: 'rate' })), [[0.2]]),
  'a loss weight': () => first(lossActuators({ ce: 1 }), [[0], [3]]),
  'a loss term': () => first(lossActuators({ ce: 1 }).slice(1), [[false], [true]]),
}

for (const [name, make] of Object.entries(samples)) {
  describe(`control ${name}`, () => {
    for (const { title, run } of actuatorCases(make)) test(title, () => expect(run).not.toThrow())
  })
}

test('the cases detect a control that does not keep its value', () => {
  const deaf = () => ({ actuator: floatActuator({ key: 'x', get: () => 1, set: () => undefined }), values: [[2]] })
  const failures = actuatorCases(deaf).flatMap(({ title, run }) => {
    try {
      run()
      return []
    } catch (error) {
      return [`${title}: ${error instanceof Error ? error.message : ''}`]
    }
  })
  expect(failures).toEqual([
    'returns the value that was set: `x` was set to [2], but has [1]',
    'can be set to the same value again: `x` was set twice to [2], but has [1]',
  ])
})

test('the cases detect a control that cannot be registered, and one that loses its first value', () => {
  const held = { value: 1 }
  const sticky = () => {
    held.value = 1
    const set = (value: number) => {
      held.value = Math.max(held.value, value)
    }
    return { actuator: floatActuator({ key: 'x', get: () => held.value, set }), values: [[2]] }
  }
  const unnamed = () => ({
    actuator: { ...floatActuator({ key: 'x', ...holder<number>(1) }), key: 'group' },
    values: [],
  })
  const failing = (make: () => ActuatorSample) =>
    actuatorCases(make).flatMap(({ title, run }) => {
      try {
        run()
        return []
      } catch {
        return [title]
      }
    })
  expect(failing(sticky)).toEqual(['returns to its initial value, bit for bit'])
  expect(failing(unnamed)).toEqual(['can be registered'])
})
