import { describe, expect, expectTypeOf, test } from 'vitest'
import {
  boolActuator,
  choiceActuator,
  createMutableState,
  floatActuator,
  intActuator,
  logFloatActuator,
  lossActuators,
  optimizerActuators,
  paramGroupsOf,
  tupleActuator,
} from '../src/index.ts'

/** A call that JavaScript allows, whatever the types. */
const untyped = (call: unknown) => call as (...given: unknown[]) => unknown
const float = (more: object) => () => untyped(floatActuator)({ key: 'x', get: () => 1, set: () => undefined, ...more })
const optimizer = (given: unknown, options?: unknown) => () => untyped(optimizerActuators)(given, options)
const groups = [{ lr: 0.1 }]

describe('a wrong shape is refused immediately, with one sentence', () => {
  const cases: readonly (readonly [what: string, make: () => unknown, said: string | RegExp])[] = [
    ['a misspelt bound', float({ mx: 1 }), '`floatActuator` has no option `mx`: did you mean `max`?'],
    [
      'a bound for a control that has none',
      () => untyped(boolActuator)({ key: 'x', get: () => true, set: () => undefined, min: 0 }),
      '`boolActuator` has no option `min`: choose from key, label, group, unit, step, rampable, metric, get, set',
    ],
    [
      'an option with its Python name',
      () => untyped(intActuator)({ key: 'x', get: () => 1, set: () => undefined, min_value: 0 }),
      /^`intActuator` has no option `min_value`: choose from key, label, [^\n]*min, max$/,
    ],
    [
      'no options',
      () => untyped(logFloatActuator)(),
      'the options of `logFloatActuator` must be an object, got undefined',
    ],
    ['no key', float({ key: undefined }), '`key` of `floatActuator` must be a non-empty string, got undefined'],
    ['an empty key', float({ key: '' }), '`key` of `floatActuator` must be a non-empty string, got ""'],
    [
      'a bound as text, of a number that is changed by factors',
      () => untyped(logFloatActuator)({ key: 'x', get: () => 1, set: () => undefined, max: '1' }),
      '`max` of `logFloatActuator` must be a number, got "1"',
    ],
    ['a value for the getter', float({ get: 1 }), '`get` of `floatActuator` must be a function, got 1'],
    ['no setter', float({ set: undefined }), '`set` of `floatActuator` must be a function, got undefined'],
    ['a bound as text', float({ max: '1' }), '`max` of `floatActuator` must be a number, got "1"'],
    [
      'a promise from a getter',
      float({ get: async () => 1 }),
      'the getter of `x` returned a promise: it must be synchronous',
    ],
    [
      'choices as an object',
      () => untyped(choiceActuator)({ key: 'x', get: () => 1, set: () => undefined, choices: { a: 1 } }),
      '`choices` of `choiceActuator` must be a list, got an object',
    ],
    [
      'a malformed tuple',
      () => createMutableState([untyped(tupleActuator)({ key: 'x', get: () => 1, set: () => undefined }) as never]),
      '`x` must have an initial value of type tuple, got 1',
    ],
    [
      'groups with their Python name',
      optimizer({ param_groups: groups }),
      '`optimizerActuators` expects an optimizer with a `paramGroups` list, got `param_groups`: write `{ paramGroups: optimizer.param_groups }`',
    ],
    [
      'a list of groups',
      optimizer(groups),
      '`optimizerActuators` expects an optimizer with a `paramGroups` list, got a list: write `{ paramGroups: list }`',
    ],
    [
      'groups that are not a list',
      optimizer({ paramGroups: { lr: 1 } }),
      '`optimizerActuators` expects an optimizer with a `paramGroups` list, got an object as `paramGroups`',
    ],
    [
      'an optimizer without groups',
      optimizer({ learningRate: 0.1 }),
      '`optimizerActuators` expects an optimizer with a `paramGroups` list, got an object: use `paramGroupsOf(optimizer, names)` if its properties have other names',
    ],
    [
      'no optimizer',
      optimizer(undefined),
      '`optimizerActuators` expects an optimizer with a `paramGroups` list, got undefined',
    ],
    [
      'a function that returns none',
      optimizer(() => null),
      '`optimizerActuators` expects an optimizer with a `paramGroups` list, got null',
    ],
    [
      'a group that is not an object',
      optimizer({ paramGroups: [0.1] }),
      '`paramGroups[0]` must be an object with `lr`, got 0.1',
    ],
    [
      'a rate with another name',
      optimizer({ paramGroups: [{ lr: 0.1 }, { learningRate: 0.1 }] }),
      "`paramGroups[1]` has `learningRate` and no `lr`: write `paramGroupsOf(groups, { lr: 'learningRate' })`",
    ],
    [
      'a decay with its Python name',
      optimizer({ paramGroups: [{ lr: 0.1, weight_decay: 0 }] }),
      "`paramGroups[0]` has `weight_decay` and no `weightDecay`: write `paramGroupsOf(groups, { lr: 'lr', weightDecay: 'weight_decay' })`",
    ],
    [
      'a rate that is text',
      optimizer({ paramGroups: [{ lr: '0.1' }] }),
      '`paramGroups[0].lr` must be a finite number, got "0.1"',
    ],
    [
      'a misspelt option of an optimizer',
      optimizer({ paramGroups: groups }, { lr_bounds: [0, 1] }),
      '`optimizerActuators` has no option `lr_bounds`: did you mean `lrBounds`?',
    ],
    [
      'bounds that are not a pair',
      optimizer({ paramGroups: groups }, { lrBounds: 1 }),
      '`lrBounds` of `optimizerActuators` must be [min, max], got 1',
    ],
    [
      'a schedule that is a list',
      optimizer({ paramGroups: groups }, { schedule: [0.1, 0.01] }),
      '`schedule` of `optimizerActuators` must be a function of the step, got a list of 2',
    ],
    [
      'a misspelt name of a property',
      () => untyped(paramGroupsOf)({ rate: 1 }, { lr: 'rate', weight_decay: 'decay' }),
      '`paramGroupsOf` has no option `weight_decay`: did you mean `weightDecay`?',
    ],
    [
      'no name for the rate',
      () => untyped(paramGroupsOf)({ rate: 1 }, {}),
      '`lr` of `paramGroupsOf` must be the name of a property, got undefined',
    ],
    [
      'weights as a list',
      () => untyped(lossActuators)([1, 0.5]),
      '`weights` of `lossActuators` must be an object that maps names to numbers, got a list of 2',
    ],
    [
      'a misspelt option of a loss',
      () => untyped(lossActuators)({ kl: 1 }, { bound: [0, 1] }),
      '`lossActuators` has no option `bound`: did you mean `bounds` or `boundsOf`?',
    ],
    [
      'bounds of a weight that does not exist',
      () => untyped(lossActuators)({ kl: 1, recon: 1 }, { boundsOf: { recno: [0, 1] } }),
      '`boundsOf.recno` of `lossActuators` is not a weight: did you mean `recon`?',
    ],
    [
      'bounds of a weight that are not a pair',
      () => untyped(lossActuators)({ kl: 1 }, { boundsOf: { kl: [0] } }),
      '`boundsOf.kl` of `lossActuators` must be [min, max], got a list of 1',
    ],
    [
      'an optimizer where its controls are needed',
      () => untyped(createMutableState)({ paramGroups: groups }),
      '`createMutableState` accepts lists of controls, such as the result of `optimizerActuators(...)`, got an object: write `createMutableState(optimizerActuators(optimizer))`',
    ],
    [
      'undefined where a list of controls is needed',
      () => untyped(createMutableState)(undefined),
      '`createMutableState` accepts lists of controls, such as the result of `optimizerActuators(...)`, got undefined',
    ],
    [
      'a function that was not called',
      () => untyped(createMutableState)([floatActuator]),
      '`createMutableState` accepts lists of controls, such as the result of `optimizerActuators(...)`, got the function floatActuator',
    ],
  ]
  for (const [what, make, said] of cases) {
    test(what, () => {
      let thrown: unknown
      try {
        make()
      } catch (error) {
        thrown = error
      }
      expect(thrown).toBeInstanceOf(TypeError)
      expect((thrown as Error).message).toEqual(typeof said === 'string' ? said : expect.stringMatching(said))
    })
  }
})

test('a choice has the type of its choices, in the getter and the setter', () => {
  const settings: { sampler: 'uniform' | 'hard'; size: number | 'auto' } = { sampler: 'uniform', size: 32 }
  choiceActuator({
    key: 'sampler',
    choices: ['uniform', 'hard'],
    get: () => settings.sampler,
    set: (value) => {
      expectTypeOf(value).toEqualTypeOf<'uniform' | 'hard'>()
      settings.sampler = value
    },
  })
  choiceActuator({
    key: 'size',
    choices: [32, 64, 'auto'] as const,
    get: () => settings.size,
    set: (value) => {
      expectTypeOf(value).toExtend<number | 'auto'>()
      settings.size = value
    },
  })
  // @ts-expect-error: the setter does not accept all of the choices
  const wrong = choiceActuator({ key: 'x', choices: ['a', 'b'], get: () => 'a' as const, set: (_: 'a') => undefined })
  expect(wrong.key).toBe('x')
})
