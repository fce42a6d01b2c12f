import type { Json } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { choiceActuator, createMutableState, floatActuator, intActuator, optimizerActuators } from '../src/index.ts'
import { holder, set, switchOp, trainer } from './support.ts'

test('a description has the twelve keys of hotcb 2, in its order, and others only if they apply', () => {
  const state = createMutableState(
    optimizerActuators({ paramGroups: [{ lr: 0.1 }] }),
    [intActuator({ key: 'workers', label: 'Workers', group: 'data', min: 1, max: 8, step: 2, ...holder<number>(4) })],
    [choiceActuator({ key: 'sampler', choices: ['uniform', 'hard'], ...holder<Json>('hard') })],
  )
  expect(JSON.stringify(state.describe(0))).toBe(
    JSON.stringify([
      {
        param_key: 'lr',
        type: 'log_float',
        label: 'Learning rate',
        group: 'optimizer',
        min: 1e-7,
        max: 1,
        step: null,
        log_base: 10,
        choices: null,
        current: 0.1,
        state: 'untouched',
      },
      {
        param_key: 'workers',
        type: 'int',
        label: 'Workers',
        group: 'data',
        min: 1,
        max: 8,
        step: 2,
        log_base: null,
        choices: null,
        current: 4,
        state: 'untouched',
      },
      {
        param_key: 'sampler',
        type: 'choice',
        label: 'sampler',
        group: 'custom',
        min: null,
        max: null,
        step: null,
        log_base: null,
        choices: ['uniform', 'hard'],
        current: 'hard',
        state: 'untouched',
      },
    ]),
  )
})

test('units, groups and ramps are included if there are any', () => {
  const { state } = trainer()
  set(state, { 'ramps.aux': { steps: 10, end: 1 } }, 0)
  const byKey = new Map(state.describe(5).map((one) => [one.param_key, one]))
  expect(byKey.get('lr')).toMatchObject({
    current: 0.1,
    groups: [
      { name: 'body', value: 0.1 },
      { name: 'head', value: 0.2 },
    ],
  })
  set(state, { lr: [0.3, 0.4] }, 5)
  expect(state.describe(5).find((one) => one.param_key === 'lr')?.groups).toEqual([
    { name: 'body', value: 0.3 },
    { name: 'head', ratio: 2, value: 0.4 },
  ])
  expect(byKey.get('aux')).toMatchObject({
    current: 0.5,
    ramp: { type: 'linear', steps: 10, start: 0, end: 1, first_step: 0 },
  })
  const timed = createMutableState([floatActuator({ key: 'wait', unit: 'ms', ...holder<number>(5) })])
  expect(timed.describe(0)).toMatchObject([{ param_key: 'wait', unit: 'ms' }])
})

test('a rate under a schedule is described with its value at the step', () => {
  const { state } = trainer({ schedule: (step) => 1 / (1 + step) })
  set(state, { scheduler_scale: 0.5 }, 0)
  expect([state.describe(0)[0]?.current, state.describe(3)[0]?.current]).toEqual([0.5, 0.125])
})

test('disabled controls are described too, so that they can be enabled', () => {
  const { state } = trainer()
  state.apply(switchOp('disable', null, 'loss'), { step: 0, total: null })
  expect(state.describe(0).map(({ param_key: key, state: shown }) => [key, shown])).toEqual([
    ['lr', 'untouched'],
    ['weight_decay', 'untouched'],
    ['betas', 'untouched'],
    ['momentum', 'untouched'],
    ['clip_norm', 'untouched'],
    ['ce', 'disabled'],
    ['terms.ce', 'disabled'],
    ['aux', 'disabled'],
    ['terms.aux', 'disabled'],
  ])
})
