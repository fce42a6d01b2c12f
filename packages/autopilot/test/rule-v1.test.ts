import { expect, test } from 'vitest'
import { readRuleFile } from '../src/index.ts'
import type { Rule } from '../src/types.ts'

function rule(fields: string): Rule | string {
  const read = readRuleFile(`rules:\n  - {id: r, ${fields}}\n`)
  if (!read.ok) return read.reason
  return read.value.rules[0] ?? 'none'
}

test('a hotcb 2 guideline is read with its own defaults', () => {
  expect(rule('condition: plateau')).toEqual({
    ...{ id: 'r', description: '', condition: 'v1:plateau', metric: null, params: {}, program: null },
    ...{ action: { kind: 'do', what: 'notify' }, confidence: 'medium', enabled: true },
    ...{ cooldown: 10, hold: 1, clear: 0, settle: 0, version: 1, place: 'rules.yaml:2' },
  })
  const all =
    'condition: overfitting, metric_name: val_loss, description: d, confidence: high, enabled: false, ' +
    'params: {ratio_threshold: 2, train_metric: a, val_metric: b, cooldown: 3}'
  expect(rule(all)).toEqual({
    ...{ id: 'r', condition: 'v1:overfitting', program: null, action: { kind: 'do', what: 'notify' } },
    ...{ metric: 'val_loss', description: 'd', confidence: 'high', enabled: false, cooldown: 3 },
    ...{ hold: 1, clear: 0, settle: 0, version: 1, place: 'rules.yaml:2' },
    params: { ratio_threshold: 2, train_metric: 'a', val_metric: 'b' },
  })
  expect(rule('condition: plateau, metric: a, metric_name: b')).toMatchObject({ metric: 'a' })
  expect(rule('condition: plateau, params: {window: 5, epsilon: 0.1}')).toMatchObject({
    params: { window: 5, epsilon: 0.1 },
  })
  expect(rule('condition: divergence, params: {window: 5, threshold: 2}')).toMatchObject({
    params: { window: 5, threshold: 2 },
  })
  expect(rule('condition: custom, params: {expression: "loss > 1"}')).toMatchObject({
    condition: 'v1:custom',
    program: { text: 'loss > 1' },
    params: {},
  })
})

test('its action multiplies, sets, or is passed on unchanged', () => {
  const action = (fields: string): unknown => {
    const read = rule(`condition: plateau, action: ${fields}`)
    return typeof read === 'string' ? read : read.action
  }
  expect(action('{params: {lr_mult: 0.5, wd_mult: 2, momentum: 0.8}}')).toEqual({
    kind: 'set',
    values: { lr: { mul: 0.5 }, weight_decay: { mul: 2 }, momentum: { to: 0.8 } },
  })
  expect(action('{module: opt, op: set_params, params: {lr: 0.1}}')).toEqual({
    kind: 'set',
    values: { lr: { to: 0.1 } },
  })
  expect(action('{module: cb, op: disable, id: beat}')).toEqual({
    kind: 'op',
    op: { module: 'cb', op: 'disable', id: 'beat', params: null },
  })
  expect(action('{module: loss, params: {w: 2}}')).toEqual({
    kind: 'op',
    op: { module: 'loss', op: 'set_params', params: { w: 2 } },
  })
  expect(action('{op: enable}')).toEqual({ kind: 'op', op: { module: 'opt', op: 'enable', params: null } })
})

const ONLY = 'choose from'
const CURRENT = '`__current__` has no meaning; use `lr_mult: 0.5` or, in version 2, `set: {lr: x0.5}`'

test.each([
  ['metric: a', '5: rule `r` needs a `condition`'],
  ['condition: nan', '24: unknown `condition` "nan": choose from plateau, divergence, overfitting, custom'],
  [
    'condition: plateau, when: x',
    `33: unknown field \`when\`: ${ONLY} id, condition, metric, metric_name, params, action, confidence, enabled, description`,
  ],
  ['condition: plateau, params: {threshold: 1}', `42: unknown field \`threshold\`: ${ONLY} window, epsilon, cooldown`],
  ['condition: divergence, params: {epsilon: 1}', `45: unknown field \`epsilon\`: ${ONLY} window, threshold, cooldown`],
  [
    'condition: overfitting, params: {expression: x}',
    `46: unknown field \`expression\`: ${ONLY} ratio_threshold, train_metric, val_metric, cooldown`,
  ],
  [
    'condition: custom, params: {window: 3, expression: 1}',
    `41: unknown field \`window\`: ${ONLY} expression, cooldown`,
  ],
  ['condition: plateau, params: {window: 0}', '50: `window` must be a whole number of at least 1, got 0'],
  ['condition: plateau, params: {cooldown: -1}', '52: `cooldown` must be a whole number of at least 0, got -1'],
  ['condition: plateau, confidence: sure', '45: unknown `confidence` "sure": choose from high, medium, low'],
  ['condition: plateau, enabled: 1', '42: `enabled` must be true or false, got 1'],
  ['condition: plateau, description: 3', '46: `description` must be text, got 3'],
  ['condition: custom', '5: `custom` needs `params.expression`'],
  ['condition: custom, params: {cooldown: 3}', '5: `custom` needs `params.expression`'],
  ['condition: custom, params: {expression: "__current__ > 1"}', `54: ${CURRENT}`],
  [
    'condition: custom, params: {expression: "loss >"}',
    '60: the expression ends too early: a number, a name, a string or `(` is expected',
  ],
  ['condition: plateau, action: {params: [1]}', '50: `params` must be a mapping'],
  ['condition: plateau, action: {params: {lr: __current__}}', `50: ${CURRENT}`],
  ['condition: plateau, action: {params: {lr_mult: x}}', '60: `lr_mult` must be a number, got "x"'],
  ['condition: plateau, action: {params: {lr: 1, lr_mult: 0.5}}', '58: `lr` is changed twice'],
  ['condition: plateau, action: 3', '41: expected a mapping, got 3'],
  ['condition: plateau, action: {kind: set}', `42: unknown field \`kind\`: ${ONLY} module, op, id, params`],
])('the guideline {%s} is refused', (fields, reason) => {
  expect(rule(fields)).toBe(`rules.yaml:2:${reason}`)
})

test('a guideline needs an id, and if it names two metrics, the first one is used', () => {
  expect(readRuleFile('rules:\n  - {condition: plateau}\n')).toMatchObject({
    ...{ ok: false, reason: 'rules.yaml:2:5: a rule needs an `id`' },
  })
  expect(rule('condition: custom, params: {expression: 1, cooldown: 4}')).toMatchObject({
    ...{ cooldown: 4, program: { text: '1' }, params: {} },
  })
})
