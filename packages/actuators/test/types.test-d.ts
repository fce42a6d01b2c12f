// Checked by `npm run types`; nothing here runs.
import { expectTypeOf, test } from 'vitest'
import { type Actuator, choiceActuator, floatActuator, type OptimizerLike, paramGroupsOf } from '../src/index.ts'

test('the getter and the setter of a choice have the type of its choices', () => {
  let mode: 'train' | 'eval' = 'train'
  const actuator = choiceActuator({
    key: 'mode',
    choices: ['train', 'eval'] as const,
    get: () => mode,
    set: (value) => {
      expectTypeOf(value).toEqualTypeOf<'train' | 'eval'>()
      mode = value
    },
  })
  expectTypeOf(actuator).toEqualTypeOf<Actuator>()
})

test('the names of parameters must be properties of the optimizer', () => {
  const adam = { stepSize: 0.1, decay: 0.01 }
  expectTypeOf(paramGroupsOf(adam, { lr: 'stepSize', weightDecay: 'decay' })).toEqualTypeOf<OptimizerLike>()
  // @ts-expect-error the optimizer has no property `rate`
  paramGroupsOf(adam, { lr: 'rate' })
})

test('a number needs a getter and a setter of numbers', () => {
  // @ts-expect-error a getter that returns a text
  floatActuator({ key: 'lr', get: () => '0.1', set: () => undefined })
})
