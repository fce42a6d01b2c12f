import type { Json } from '@hotcb/protocol'
import { describe, expect, test } from 'vitest'
import {
  type Actuator,
  choiceActuator,
  createMutableState,
  floatActuator,
  intActuator,
  lossActuators,
  optimizerActuators,
  tupleActuator,
} from '../src/index.ts'
import { holder, refusal, set, setOp, switchOp, trainer } from './support.ts'

const noop = (): void => undefined
const float = (key: string, more: Partial<Actuator> = {}): Actuator => ({
  ...floatActuator({ key, get: () => 1, set: noop }),
  ...more,
})

describe('values that were registered before', () => {
  test('replace those of the trainer: a fold starts from them and writes them', () => {
    const { state, groups, weights } = trainer()
    const registered = {
      lr: [0.3, 0.6],
      ce: 2,
      betas: [
        [0.1, 0.2],
        [0.3, 0.4],
      ],
      gone: 5,
    }
    state.register(registered)
    expect(state.registered).toEqual({
      lr: [0.3, 0.6],
      weight_decay: [0.01, 0],
      betas: [
        [0.1, 0.2],
        [0.3, 0.4],
      ],
      momentum: [0.9, 0.9],
      clip_norm: [0, 0],
      ce: [2],
      'terms.ce': [true],
      aux: [0],
      'terms.aux': [true],
    })
    expect([groups[0]?.lr, weights['ce']]).toEqual([0.1, 1])
    expect(state.fold([], 0)).toEqual([])
    expect([groups.map(({ lr }) => lr), groups[1]?.betas, weights['ce']]).toEqual([[0.3, 0.6], [0.3, 0.4], 2])
    // The ratio of the groups is the registered one, and a rule allows the registered value to be restored.
    expect(set(state, { lr: 0.1 })).toMatchObject({ ok: true, old: { lr: 0.3 } })
    expect(groups.map(({ lr }) => lr)).toEqual([0.1, 0.2])
    state.fold([], 0)
    expect(weights['ce']).toBe(2)
  })

  test('determine the rules of the controls', () => {
    const state = createMutableState(lossActuators({ a: 1 }))
    state.register({ a: 500 })
    expect(state.rules.get('a')).toMatchObject({ param_key: 'a', current: 500, registered: 500, max: 100 })
    expect([set(state, { a: 500 }).ok, refusal(set(state, { a: 499 }))]).toEqual([
      true,
      '`a` must be between 0 and 100, got 499',
    ])
  })

  test('must be possible initial values of their control', () => {
    const { state } = trainer()
    expect(() => state.register({ lr: [0.1] })).toThrow('`lr` must have an initial value of type log_float, got 0.1')
    expect(() => state.register({ ce: 'x' })).toThrow('`ce` must have an initial value of type float, got "x"')
    expect(state.registered['ce']).toEqual([1])
  })

  test('are not written again by a fold if the trainer already has them', () => {
    const { state, weights } = trainer()
    state.register({ ce: 2 })
    state.fold([], 0)
    weights['ce'] = 7 // Done by the trainer itself.
    state.fold([], 0)
    expect(weights['ce']).toBe(7)
  })

  test('do not break a control whose methods belong to a class', () => {
    class Own {
      readonly #held = { value: 1 }
      readonly key = 'own'
      readonly spec = float('x').spec
      readonly label = 'own'
      readonly group = 'custom'
      readonly unit = null
      readonly paramGroups = ['']
      readonly aliases = []
      readonly initial = [1]
      readonly keepRatios = false
      readonly rampable = true
      readonly held = this.#held
      get = (): readonly Json[] => [this.#held.value]
      set(values: readonly Json[]): void {
        this.held.value = Number(values[0])
      }
    }
    const own = new Own()
    const state = createMutableState([own])
    state.register({ own: 4 })
    state.fold([], 0)
    expect([own.held.value, state.registered]).toEqual([4, { own: [4] }])
  })
})

describe('a control is refused at registration', () => {
  const choice = choiceActuator({ key: 'x', choices: ['a'], get: () => 'a', set: noop })
  const tuple = tupleActuator({ key: 'x', get: () => [1], set: noop })
  const cases: readonly (readonly [what: string, controls: readonly Actuator[], said: string])[] = [
    ['if another has its key', [float('a'), float('a')], 'two controls have the key `a`: keys must differ'],
    ...['group', 'groups', 'key', 'value', 'id', 'opt_idx', 'scheduler_scale', 'scheduler_drop', 'ramps.x'].map(
      (key) =>
        [
          `if it is called ${key}`,
          [float(key)],
          `a control cannot be called \`${key}\`: commands use that name`,
        ] as const,
    ),
    [
      'if a ramp would change something that is not a number',
      [{ ...choice, rampable: true }],
      '`x` is of type choice, but only numbers can have a ramp: leave `rampable` out',
    ],
    [
      'if it begins with null',
      [{ ...choice, initial: [null] }],
      '`x` must have an initial value of type choice, got null',
    ],
    [
      'if it begins with nothing',
      [{ ...choice, initial: [undefined as never] }],
      '`x` must have an initial value of type choice, got undefined',
    ],
    [
      'if it begins with infinity',
      [float('x', { initial: [Number.POSITIVE_INFINITY] })],
      '`x` must have an initial value of type float, got Infinity',
    ],
    [
      'if it begins with a list that has NaN',
      [{ ...tuple, initial: [[1, Number.NaN]] }],
      '`x` must have an initial value of type tuple, got [1,',
    ],
    [
      'if it has fewer values than groups',
      [float('x', { paramGroups: ['a', 'b'] })],
      '`x` must have an initial value of type float, got 1',
    ],
    [
      'if it has more values than groups',
      [float('x', { initial: [1, 2] })],
      '`x` must have an initial value of type float, got [1,2]',
    ],
  ]
  test.each(cases)('%s', (_, controls, said) => {
    expect(() => createMutableState(controls)).toThrow(said)
  })

  test.each(['key', 'spec', 'set', 'initial', 'paramGroups', 'aliases'])('if it has no `%s`', (name) => {
    const { [name as 'key']: _, ...rest } = float('x')
    expect(() => createMutableState([rest as Actuator])).toThrow(
      '`createMutableState` accepts lists of controls, such as the result of `optimizerActuators(...)`, got an object',
    )
  })

  test('with a hint if it is an optimizer', () => {
    for (const optimizer of [{ paramGroups: [] }, { param_groups: [] }]) {
      expect(() => createMutableState([optimizer as never])).toThrow(
        'got an object: write `createMutableState(optimizerActuators(optimizer))`',
      )
    }
    expect(() => createMutableState([null as never])).toThrow(/\(\.\.\.\)`, got null$/)
    expect(() => createMutableState([{ other: 1 } as never])).toThrow(/\(\.\.\.\)`, got an object$/)
  })
})

describe('the bounds of a control', () => {
  test('may be one value or infinite, but must not cross or be NaN', () => {
    const make = (min: number, max: number) => floatActuator({ key: 'x', min, max, get: () => 1, set: noop }).spec
    expect(make(1, 1)).toMatchObject({ min: 1, max: 1 })
    expect(make(Number.NEGATIVE_INFINITY, 1)).toMatchObject({ max: 1 })
    expect(() => make(2, 1)).toThrow(new RangeError('`min` must not be above `max`, got min 2 and max 1'))
    expect(() => make(Number.NaN, 1)).toThrow('`min` of `floatActuator` must be a number, got NaN')
  })

  test('of a loss and an optimizer are pairs', () => {
    expect(() => lossActuators({ a: 1 }, { bounds: [1] as never })).toThrow(
      '`bounds` of `lossActuators` must be [min, max], got a list of 1',
    )
    for (const bad of [[1, 2, 3], ['0', 1], [0, Number.NaN], { min: 0 }]) {
      expect(() => lossActuators({ a: 1 }, { bounds: bad as never })).toThrow('must be [min, max]')
    }
    for (const name of ['weightDecayBounds', 'clipNormBounds']) {
      expect(() => optimizerActuators({ paramGroups: [{ lr: 1 }] }, { [name]: 3 })).toThrow(
        `\`${name}\` of \`optimizerActuators\` must be [min, max], got 3`,
      )
    }
    for (const name of ['boundsOf', 'terms']) {
      expect(() => lossActuators({ a: 1 }, { [name]: [1] })).toThrow(
        `\`${name}\` of \`lossActuators\` must be an object keyed by name, got a list of 1`,
      )
    }
    expect(() => lossActuators({ kl: 1, recon: 1 }, { boundsOf: { zzzz: [0, 1] } })).toThrow(
      '`boundsOf.zzzz` of `lossActuators` is not a weight: choose from kl, recon',
    )
  })
})

test('the controls of an optimizer are described in words', () => {
  const labels = trainer()
    .state.describe(0)
    .map(({ param_key, label, group, type }) => [param_key, label, group, type])
  expect(labels).toEqual([
    ['lr', 'Learning rate', 'optimizer', 'log_float'],
    ['weight_decay', 'Weight decay', 'optimizer', 'float'],
    ['betas', 'Betas', 'optimizer', 'tuple'],
    ['momentum', 'Momentum', 'optimizer', 'float'],
    ['clip_norm', 'Gradient clipping', 'optimizer', 'float'],
    ['ce', 'ce', 'loss', 'float'],
    ['terms.ce', 'terms.ce', 'loss', 'bool'],
    ['aux', 'aux', 'loss', 'float'],
    ['terms.aux', 'terms.aux', 'loss', 'bool'],
  ])
})

test('a function may be an optimizer, if it has the list of groups', () => {
  const optimizer = Object.assign(() => expect.unreachable('it is not called'), { paramGroups: [{ lr: 0.1 }] })
  const state = createMutableState(optimizerActuators(optimizer as never))
  set(state, { lr: 0.5 })
  expect(optimizer.paramGroups[0]?.lr).toBe(0.5)
  expect(() => optimizerActuators((() => 'x') as never)).toThrow('a `paramGroups` list, got "x"')
})

test('an unknown key that contains a known one is unknown; more than twelve controls are not all listed', () => {
  const many = createMutableState(Array.from({ length: 13 }, (_, i) => float(`c${String(i).padStart(2, '0')}`)))
  const names = Array.from({ length: 12 }, (_, i) => `c${String(i).padStart(2, '0')}`).join(', ')
  expect(refusal(set(many, { zzzzzzzz: 1 }))).toBe(`unknown_param: \`zzzzzzzz\`: this trainer has ${names}, …`)
  const twelve = createMutableState(Array.from({ length: 12 }, (_, i) => float(`c${String(i).padStart(2, '0')}`)))
  expect(refusal(set(twelve, { zzzzzzzz: 1 }))).toBe(`unknown_param: \`zzzzzzzz\`: this trainer has ${names}`)
  const { state } = trainer()
  for (const key of ['rampsxlr', 'xramps.lr', 'ramps.', 'ramps']) {
    expect(refusal(set(state, { [key]: 1 }))).toMatch(`unknown_param: \`${key}\`: `)
  }
  const near = createMutableState([float('alpha1'), float('alpha2')])
  expect(refusal(set(near, { alpha3: 1 }))).toBe('unknown_param: `alpha3`: did you mean `alpha1` or `alpha2`?')
})

test('a ramp that cannot change its control states why', () => {
  const { state } = trainer({ schedule: () => 0.1 })
  const ramp = { steps: 1, end: 1 }
  expect(refusal(set(state, { 'ramps.betas': ramp }))).toBe(
    '`ramps.betas`: there cannot be a ramp for `betas`, a control of type tuple',
  )
  expect(refusal(set(state, { 'ramps.lr': ramp }))).toBe(
    '`ramps.lr`: `lr` follows a schedule, and cannot have a ramp: set `scheduler_scale` instead',
  )
  expect(refusal(set(state, { 'ramps.momentum': ramp, group: 'head' }))).toBe(
    '`ramps.momentum` changes all parameter groups: leave `group` and `groups` out',
  )
  const still = createMutableState([floatActuator({ key: 'x', rampable: false, get: () => 1, set: noop })])
  expect(refusal(set(still, { 'ramps.x': ramp }))).toBe(
    '`ramps.x`: there cannot be a ramp for `x`, a control of type float',
  )
})

test('if an op has several keys of one rate, a rehearsal names the wrong one', () => {
  const key = (params: Parameters<typeof setOp>[0], schedule?: () => number) =>
    trainer(schedule && { schedule }).state.rehearse([{ op: setOp(params), step: 0, total: null }])[0]?.key
  const flat = () => 0.1
  expect(key({ lr: 0.1, scheduler_drop: 0 }, flat)).toBe('scheduler_drop')
  expect(key({ scheduler_drop: 0.5, lr: 0.1 }, flat)).toBe('scheduler_drop')
  expect(key({ scheduler_scale: 1, lr: 'x' }, flat)).toBe('lr')
  expect(key({ lr: 0.1, scheduler_scale: -1 }, flat)).toBe('scheduler_scale')
  expect(key({ lr: 0.1, scheduler_scale: 1 })).toBe('scheduler_scale')
  expect(key({ lr: 0.1, scheduler_drop: 1 })).toBe('scheduler_drop')
  expect([key({ momentum: 0.5, ce: -1 }), key({ momentum: 3 }), key({ nothing: 1 }), key({ lr: null })]).toEqual([
    'ce',
    'momentum',
    'nothing',
    'lr',
  ])
  expect([key({ lr: 0.1, group: 'tail' }), key({}), key({ 'ramps.aux': 1 })]).toEqual(['lr', null, 'ramps.aux'])
})

test('a switch that names something other than a key is refused, and the error quotes it', () => {
  const { state } = trainer()
  const error = (params: Parameters<typeof setOp>[0]) =>
    refusal(state.apply(switchOp('enable', params), { step: 0, total: null }))
  expect(error({ key: 3 })).toMatch('unknown_param: `3`: ')
  expect(error({ keys: [true] })).toMatch('unknown_param: `true`: ')
  const twice = state.apply(switchOp('disable', { keys: ['ce', 'ce_w'] }, 'loss'), { step: 0, total: null })
  expect(twice).toEqual({ ok: true, payload: { keys: ['ce', 'ce'] }, old: { key: 'ce' } })
})

test('a choice that is an object is copied, so that the trainer cannot change the ledger', () => {
  const held = { value: { size: [1] } }
  const choices = [{ size: [1] }, { size: [2] }]
  const state = createMutableState([
    choiceActuator<Json>({
      key: 'x',
      choices,
      get: () => held.value,
      set: (value) => {
        held.value = value as typeof held.value
      },
    }),
  ])
  held.value.size[0] = 9
  expect(set(state, { x: { size: [2] } })).toEqual({
    ok: true,
    payload: { x: { size: [2] } },
    old: { x: { size: [1] } },
  })
  held.value.size[0] = 9
  expect(state.current('x', 0)).toEqual({ size: [2] })
})

test('a control with a metric is verified by that metric', () => {
  const held = holder<number>(1)
  const state = createMutableState([floatActuator({ key: 'x', metric: 'used/x', ...held })])
  set(state, { x: 2 }, 0)
  state.tick(1, { 'used/x': 1 })
  expect(state.describe(1)[0]?.state).toBe('unverified')
  state.tick(2, { 'used/x': 2 })
  expect(state.describe(2)[0]?.state).toBe('verified')
})

test('a whole number that a ramp changes is whole at every step', () => {
  const held = holder<number>(0)
  const state = createMutableState([intActuator({ key: 'n', ...held })])
  set(state, { 'ramps.n': { steps: 4, start: 0, end: 2 } }, 0)
  const seen = [0, 1, 2, 3, 4].map((step) => {
    state.tick(step)
    return state.current('n', step)
  })
  expect(seen).toEqual([0, 1, 1, 2, 2])
})

test('a state has its rules without an explicit registration', () => {
  expect([...createMutableState([float('a'), float('b')]).rules.keys()]).toEqual(['a', 'b'])
})
