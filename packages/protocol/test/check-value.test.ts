import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type ControlDescription,
  checkCommand,
  checkParams,
  checkValue,
  controlsByKey,
  type Json,
  spreadValue,
} from '../src/index.ts'

function control(rest: Partial<ControlDescription> = {}): ControlDescription {
  return {
    param_key: 'x',
    type: 'float',
    label: 'x',
    group: 'mix',
    min: null,
    max: null,
    step: null,
    log_base: null,
    choices: null,
    current: 1,
    state: 'untouched',
    ...rest,
  }
}

const pair = control({ param_key: 'betas', type: 'tuple', min: 0, max: 1, current: [0.9, 0.99], group: 'optimizer' })
const rates = control({
  param_key: 'lr',
  type: 'log_float',
  min: 1e-7,
  max: 1,
  current: 0.1,
  group: 'optimizer',
  groups: [
    { name: 'body', value: 0.1 },
    { name: 'head', value: 0.2, ratio: 2 },
    { name: 'frozen', value: 0, place: 4, ratio: 0, registered: 0 },
  ],
})

describe('a valid value is returned as the trainer will get it', () => {
  const cases: readonly (readonly [ControlDescription, Json, Json])[] = [
    [control({ type: 'bool' }), true, true],
    [control({ type: 'int', min: 0 }), '12', 12],
    [control({ type: 'int' }), 2 ** 53 - 1, 2 ** 53 - 1],
    [control(), ' 1e-4 ', 1e-4],
    [control({ type: 'log_float' }), '.5', 0.5],
    [control(), -0, 0],
    [control({ type: 'choice', choices: ['a', { k: [1], l: 2 }] }), { l: 2, k: [1] }, { k: [1], l: 2 }],
    [pair, [0.5, '1'], [0.5, 1]],
    [control({ registered: 5, max: 1 }), 5, 5],
    [control(), [0.5], 0.5],
    [rates, 0.1, 0.1],
    [rates, ['0.1', 0.2, 0], [0.1, 0.2, 0]],
  ]
  for (const [of, value, told] of cases) {
    test(`${of.type}: ${JSON.stringify(value)}`, () => {
      const checked = checkValue(of, value)
      expect(checked).toEqual({ ok: true, value: told })
      expect(Object.is(checked.ok && checked.value, -0)).toBe(false)
    })
  }
})

describe('an invalid value is refused, with the field, the value and what would be right', () => {
  const cases: readonly (readonly [ControlDescription, Json, string])[] = [
    [control({ type: 'bool' }), 'true', '`x` must be true or false, got "true"'],
    [control({ type: 'int' }), 1.5, '`x` must be a whole number, got 1.5'],
    [
      control({ type: 'int' }),
      '9007199254740993',
      '`x` must be a whole number between -9007199254740991 and 9007199254740991, got "9007199254740993"',
    ],
    [control({ type: 'log_float' }), -1, '`x` must be greater than 0, got -1'],
    [control({ type: 'log_float', min: 1e-7 }), 0, '`x` must be greater than 0, got 0'],
    [control(), '0x10', '`x` must be a number, got "0x10"'],
    [control(), '', '`x` must be a number, got ""'],
    [control(), Number.NaN, '`x` must be a finite number, got NaN'],
    [control(), '1e999', '`x` must be a finite number, got "1e999"'],
    [control({ max: 1 }), 2, '`x` must be at most 1, got 2'],
    [control({ min: 0 }), -1, '`x` must be at least 0, got -1'],
    [control({ type: 'choice', choices: ['a', 2] }), '2', '`x` must be one of "a", 2, got "2"'],
    [control({ registered: 5, max: 1 }), 4, '`x` must be at most 1, got 4'],
    [pair, [0.5, 0.5, 0.5], '`betas` must be a list of 2 numbers, got [0.5,0.5,0.5]'],
    [pair, [0.5, 'x'], '`betas[1]` must be a number, got "x"'],
    [{ ...pair, current: null }, 0.5, '`betas` must be a list of numbers, got 0.5'],
    [rates, 0.6, '`lr` must be between 1e-7 and 1, got 1.2 in group head'],
    [rates, [0.1, 0.2], '`lr` must be one number or 3 of them, got [0.1,0.2]'],
    [rates, [0, 0.2, 0], '`lr` must be greater than 0, got 0'],
    [control(), null, '`x` must be a number, got null'],
  ]
  for (const [of, value, reason] of cases) {
    test(`${of.type}: ${JSON.stringify(value)}`, () => expect(checkValue(of, value)).toEqual({ ok: false, reason }))
  }
})

test('a value for some groups is checked for those only, without a ratio between them', () => {
  expect(spreadValue(rates, 0.6, { groups: [0, 1] })).toEqual({
    ok: true,
    value: { values: [0.6, 0.6], recorded: 0.6 },
  })
  expect(spreadValue(rates, 0.1)).toEqual({ ok: true, value: { values: [0.1, 0.2, 0], recorded: 0.1 } })
  expect(spreadValue(rates, [0.1, 0], { groups: [1, 2], field: 'params.lr' })).toMatchObject({ ok: true })
  expect(spreadValue(rates, [0, 0.1], { groups: [1, 2], field: 'params.lr' })).toEqual({
    ok: false,
    reason: '`params.lr` must be greater than 0, got 0',
  })
})

test('it never throws, and accepts its own results again', () => {
  const type = fc.constantFrom('bool', 'int', 'float', 'log_float', 'choice', 'tuple')
  const bound = fc.option(fc.double({ noNaN: true }), { nil: null })
  const described = fc.record({
    type,
    min: bound,
    max: bound,
    current: fc.jsonValue(),
    choices: fc.option(fc.array(fc.jsonValue()), { nil: null }),
  })
  fc.assert(
    fc.property(
      described,
      fc.anything({ withBigInt: true, withNullPrototype: true, withDate: true }),
      (rest, value) => {
        const of = control(rest as Partial<ControlDescription>)
        const checked = checkValue(of, value as Json)
        if (checked.ok) expect(checkValue(of, checked.value)).toEqual(checked)
        else expect(checked.reason).toMatch(/^`x[^`]*` must be /)
      },
    ),
    { numRuns: 2000 },
  )
})

describe('params', () => {
  const weight = control({ param_key: 'aux', group: 'loss', min: 0, max: 10 })
  const single = control({ param_key: 'dropout', min: 0, max: 1 })
  const controls = controlsByKey([rates, pair, weight, single])
  const problem = (params: Record<string, Json>): string | null => checkParams(params, controls)?.reason ?? null

  test('may be relative in a command for a single number, and nowhere else', () => {
    const lr = { mul: 0.5 }
    const judge = (op: string, params: Record<string, Json>, relative: boolean): string | null =>
      checkCommand({ module: op === 'checkpoint' ? 'core' : 'opt', op, params }, controls, { relative })?.reason ?? null
    expect(judge('set_params', { lr }, true)).toBe(null)
    expect(judge('set_params', { lr, group: 'head' }, true)).toBe(null)
    expect(judge('set_params', { scheduler_scale: { add: 1 } }, true)).toBe(null)
    const refused = (key: string): string => `\`${key}\` does not accept a relative value here, got {"mul":0.5}`
    expect(judge('set_params', { lr }, false)).toBe(refused('lr'))
    expect(judge('set_params', { scheduler_drop: lr }, true)).toBe(refused('scheduler_drop'))
    expect(judge('checkpoint', { action: 'load', set: { opt: { lr } } }, true)).toBe(refused('set.opt.lr'))
    expect(judge('set_params', { betas: lr }, true)).toBe('`betas` must be a list of 2 numbers, got {"mul":0.5}')
  })

  test('that are valid have no problem', () => {
    for (const params of [
      { lr: 0.1, betas: [0.5, 0.5] },
      { lr: 0.5, group: 'head' },
      { lr: [0.1, 0], groups: ['head', 4] },
      { key: 'lr', value: '0.1' },
      { aux_w: 3, 'ramps.aux': { steps: 4, end: 2 } },
      { 'ramps.aux': null },
      { lr: 0.1, aux: null },
      { scheduler_scale: [1, 2, 3] },
      { scheduler_scale: 0.5, lr: null },
      { scheduler_scale: 0, group: 'body' },
      { dropout: 0.5, group: 0, opt_idx: 0, id: 'main' },
    ]) {
      expect([params, problem(params)]).toEqual([params, null])
    }
  })

  test('that are invalid name the first wrong field', () => {
    const cases: readonly (readonly [Record<string, Json>, string])[] = [
      [{ lr: 0.1, betas: [1] }, '`betas` must be a list of 2 numbers, got [1]'],
      [{ aux_w: 11 }, '`aux_w` must be between 0 and 10, got 11'],
      [{ dropout_w: 0.5 }, '`dropout_w` is not a control of this run: did you mean `dropout`?'],
      [{ lr: 0.1, group: 'tail' }, '`group` must be one of body, head, frozen for `lr`, got "tail"'],
      [{ lr: 0.1, groups: [] }, '`groups` must name at least one, got none'],
      [{ key: 'lr', value: 3 }, '`lr` must be between 1e-7 and 1, got 3'],
      [{ 'ramps.aux': { steps: 4 } }, '`ramps.aux.end` is missing: the value that the ramp ends at'],
      [{ 'ramps.aux': { steps: 4, end: 11 } }, '`ramps.aux.end` must be between 0 and 10, got 11'],
      [{ 'ramps.aux': { steps: 4, start: -1, end: 1 } }, '`ramps.aux.start` must be between 0 and 10, got -1'],
      [
        { 'ramps.betas': { steps: 4, end: 0.1 } },
        '`ramps.betas`: there cannot be a ramp for `betas`, a control of type tuple',
      ],
      [
        { 'ramps.lr': { steps: 4, end: 0.1 }, group: 0 },
        '`ramps.lr` changes all parameter groups: leave `group` and `groups` out',
      ],
      [{ 'ramps.lr': { steps: 4, end: 3 } }, '`ramps.lr.end` must be between 1e-7 and 1, got 3'],
      [
        { 'ramps.scheduler_scale': { steps: 4, end: 3 } },
        '`ramps.scheduler_scale` is not a control of this run: this run has lr, betas, aux, dropout',
      ],
      [{ scheduler_scale: -1 }, '`scheduler_scale` must be at least 0, got -1'],
      [{ scheduler_scale: [1, 2] }, '`scheduler_scale` must be one number or 3 of them, got [1,2]'],
      [{ scheduler_drop: 0 }, '`scheduler_drop` must be greater than 0, got 0'],
      [
        { lr: 0.1, scheduler_scale: 1 },
        '`lr` and `scheduler_scale` cannot be set together: both set the learning rate',
      ],
      [
        { scheduler_drop: 0.5, lr: 0.1 },
        '`lr` and `scheduler_drop` cannot be set together: both set the learning rate',
      ],
      [{ lr: null }, '`lr` must be a number, got null'],
      [{ group: 'head' }, '`group` sets nothing on its own'],
      [{}, 'nothing to set: `params` needs at least one key'],
    ]
    expect(cases.map(([params]) => problem(params))).toEqual(cases.map(([, reason]) => reason))
  })

  test('of a recipe may contain the resulting scale next to the rate', () => {
    expect(checkParams({ lr: 0.1, scheduler_scale: 1 }, controls, { isRecorded: true })).toBe(null)
  })

  test('of other modules, and keys without a description, are left to the kernel on request', () => {
    const asked = (module: string, params: Record<string, Json>, op = 'set_params') =>
      checkCommand({ module, op, params }, controls, { lenient: true })
    expect(asked('cb', { lr: 'any' })).toBeNull()
    expect(asked('opt', { momentum: 'any' })).toBeNull()
    expect(asked('mix', { dropout: 0.5, group: 'any' })).toBeNull()
    expect(asked('opt', { lr: 'any' }, 'enable')).toBeNull()
    expect(asked('opt', { momentum: 'any', lr: 7 })).toEqual({
      key: 'lr',
      reason: '`lr` must be between 1e-7 and 1, got 7',
    })
    expect(asked('core', { action: 'load', tag: 'a', set: { opt: { lr: 7 } } }, 'checkpoint')).toEqual({
      key: 'set',
      reason: '`set.opt.lr` must be between 1e-7 and 1, got 7',
    })
  })
})
