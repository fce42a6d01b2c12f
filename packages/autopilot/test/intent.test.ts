import type { ControlDescription } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import type { AiAction } from '../src/ai/actions.ts'
import { intentOf } from '../src/ai/intent.ts'
import type { PromptIds } from '../src/ai/prompt-ids.ts'

const CONTROL: ControlDescription = {
  param_key: 'lr',
  group: 'optimizer',
  type: 'log_float',
  current: 0.1,
  initial: 0.1,
  min: 1e-7,
  max: 1,
  step: null,
  state: 'active',
  label: 'lr',
} as unknown as ControlDescription

const IDS: PromptIds = {
  metrics: new Map([['m1', 'val_loss']]),
  controls: new Map([
    ['c1', CONTROL],
    ['c2', { ...CONTROL, param_key: 'weight_decay', current: 1e-4 }],
    ['c3', { ...CONTROL, param_key: 'recon_w', group: 'loss', current: 1, min: 0, max: 10 }],
    ['c4', { ...CONTROL, param_key: 'data.old_share', group: 'data', type: 'float', current: 0.5, min: 0, max: 1 }],
    ['c5', { ...CONTROL, param_key: 'warmup', type: 'int', current: 3, min: 0, max: 9 }],
    ['c6', { ...CONTROL, param_key: 'free', current: -20, min: null, max: null }],
    ['c7', { ...CONTROL, param_key: 'least', current: 5, min: 1, max: null }],
    ['c8', { ...CONTROL, param_key: 'most', current: 0.1, min: null, max: 1 }],
    ['c9', { ...CONTROL, param_key: 'word', current: 'adam' }],
  ]),
  groups: new Map([['g2', { control: CONTROL, place: 1, value: 0.01 }]]),
  callbacks: new Map([['k1', 'early_stop']]),
}

function intent(action: Partial<AiAction>, ids: PromptIds = IDS): unknown {
  const read = intentOf({ action: 'noop', target: null, value: null, text: null, learnings: [], ...action }, ids)
  return read.ok ? read.value : read.reason
}

const change = (action: object, ...keys: readonly string[]): object => ({ kind: 'change', action, keys })
const sets = (key: string, value: object): object => change({ kind: 'set', values: { [key]: value } }, key)
const callback = (op: string): object => change({ kind: 'op', op: { module: 'cb', op, id: 'early_stop' } })

test.each<[Partial<AiAction>, object]>([
  [{ action: 'noop' }, { kind: 'nothing' }],
  [{ action: 'set_lr', value: 0.05 }, sets('lr', { to: 0.05 })],
  [{ action: 'reduce_lr_factor', value: 0.5 }, sets('lr', { mul: 0.5 })],
  [{ action: 'reduce_lr_factor', value: 0.01 }, sets('lr', { mul: 0.01 })],
  [{ action: 'reduce_lr_factor', value: 0.95 }, sets('lr', { mul: 0.95 })],
  [
    { action: 'set_lr_optimizer', target: 'g2', value: 0.02 },
    change(
      { kind: 'op', op: { module: 'opt', op: 'set_params', params: { lr: 0.02, group: 1 }, expect: { lr: 0.1 } } },
      'lr',
    ),
  ],
  [{ action: 'set_wd', value: 1e-3 }, sets('weight_decay', { to: 1e-3 })],
  [{ action: 'set_loss_weight', target: 'c3', value: 2 }, sets('recon_w', { to: 2 })],
  [{ action: 'set_loss_weight', target: 'c3', value: 0 }, sets('recon_w', { to: 0 })],
  [{ action: 'set_loss_weight', target: 'c3', value: 10 }, sets('recon_w', { to: 10 })],
  [{ action: 'set_control', target: 'c4', value: 0.7 }, sets('data.old_share', { to: 0.7 })],
  [{ action: 'set_control', target: 'c5', value: 4.6 }, sets('warmup', { to: 5 })],
  [{ action: 'set_control', target: 'c6', value: -1e9 }, sets('free', { to: -1e9 })],
  [{ action: 'enable_callback', target: 'k1' }, callback('enable')],
  [{ action: 'disable_callback', target: 'k1' }, callback('disable')],
  [
    { action: 'set_key_metric', target: 'm1' },
    { kind: 'view', what: 'key', metric: 'val_loss' },
  ],
  [
    { action: 'add_watch_metric', target: 'm1' },
    { kind: 'view', what: 'watch', metric: 'val_loss' },
  ],
  [
    { action: 'remove_watch_metric', target: 'm1' },
    { kind: 'view', what: 'unwatch', metric: 'val_loss' },
  ],
  [
    { action: 'request_raw_metrics', target: 'm1' },
    { kind: 'view', what: 'raw', metric: 'val_loss' },
  ],
  [
    { action: 'declare_rerun', text: 'lost', learnings: ['lower'] },
    { kind: 'rerun', verdict: 'lost', learnings: ['lower'] },
  ],
  [{ action: 'declare_rerun' }, { kind: 'rerun', verdict: '', learnings: [] }],
  [
    { action: 'finalize_recipe', text: 'good' },
    { kind: 'recipe', summary: 'good' },
  ],
  [{ action: 'finalize_recipe' }, { kind: 'recipe', summary: '' }],
  [{ action: 'rescue' }, change({ kind: 'do', what: 'rescue' }, 'lr')],
])('the action %j is interpreted', (action, expected) => {
  expect(intent(action)).toEqual(expected)
})

const FACTOR = 'reduce_lr_factor: the factor must be from 0.01 to 0.99, got'

test.each<[Partial<AiAction>, string]>([
  [{ action: 'set_lr', value: 2 }, 'set_lr: 2 is out of bounds: lr ranges from 1e-7 to 1'],
  [{ action: 'set_lr', value: -1 }, 'set_lr: -1 is out of bounds: lr ranges from 1e-7 to 1'],
  [{ action: 'set_lr', value: Number.NaN }, 'set_lr needs a value'],
  [{ action: 'set_lr', value: Number.POSITIVE_INFINITY }, 'set_lr needs a value'],
  [{ action: 'set_lr' }, 'set_lr needs a value'],
  [{ action: 'set_lr', value: 0.101 }, 'set_lr: 0.101 differs from 0.1 by less than 5 %'],
  [{ action: 'set_lr', value: 0.099 }, 'set_lr: 0.099 differs from 0.1 by less than 5 %'],
  [{ action: 'set_control', target: 'c5', value: 3.4 }, 'set_control: 3 differs from 3 by less than 5 %'],
  [{ action: 'set_control', target: 'c6', value: -20.9 }, 'set_control: -20.9 differs from -20 by less than 5 %'],
  [{ action: 'set_control', target: 'c6', value: -21 }, 'set_control: -21 differs from -20 by less than 5 %'],
  [{ action: 'set_control', target: 'c7', value: 0 }, 'set_control: 0 is out of bounds: least ranges from 1 to any'],
  [{ action: 'set_control', target: 'c8', value: 2 }, 'set_control: 2 is out of bounds: most ranges from any to 1'],
  [{ action: 'set_control', target: 'c9', value: 2 }, 'set_control: word is not a number'],
  [{ action: 'reduce_lr_factor', value: 3 }, `${FACTOR} 3`],
  [{ action: 'reduce_lr_factor', value: 0.009 }, `${FACTOR} 0.009`],
  [{ action: 'reduce_lr_factor', value: 0.991 }, `${FACTOR} 0.991`],
  [{ action: 'reduce_lr_factor', value: Number.NaN }, `${FACTOR} NaN`],
  [{ action: 'reduce_lr_factor' }, `${FACTOR} null`],
  [{ action: 'reduce_lr_factor', value: 0.99 }, 'reduce_lr_factor: a factor of 0.99 changes less than 5 %'],
  [
    { action: 'set_lr_optimizer', target: 'c1', value: 1 },
    'set_lr_optimizer: `c1` is not a parameter group of this prompt',
  ],
  [{ action: 'set_lr_optimizer', value: 1 }, 'set_lr_optimizer: `null` is not a parameter group of this prompt'],
  [{ action: 'set_lr_optimizer', target: 'g2' }, 'set_lr_optimizer needs a value'],
  [
    { action: 'set_lr_optimizer', target: 'g2', value: 0.0101 },
    'set_lr_optimizer: 0.0101 differs from 0.01 by less than 5 %',
  ],
  [{ action: 'set_loss_weight', target: 'c1', value: 1 }, 'set_loss_weight: `c1` is not a control of a loss'],
  [{ action: 'set_loss_weight', value: 1 }, 'set_loss_weight: `null` is not a control of a loss'],
  [{ action: 'set_control', target: '__proto__', value: 1 }, 'set_control: this prompt has no such control'],
  [{ action: 'set_control', value: 1 }, 'set_control: this prompt has no such control'],
  [
    { action: 'enable_callback', target: 'early_stop' },
    'enable_callback: `early_stop` is not a callback of this prompt',
  ],
  [{ action: 'disable_callback' }, 'disable_callback: `null` is not a callback of this prompt'],
  [{ action: 'set_key_metric', target: 'val_loss' }, 'set_key_metric: `val_loss` is not a metric of this prompt'],
  [{ action: 'request_raw_metrics' }, 'request_raw_metrics: `null` is not a metric of this prompt'],
])('%j is refused in one line', (action, reason) => {
  expect(intent(action)).toBe(reason)
})

test('with a schedule a factor changes its scale, and without a rate there is nothing to change', () => {
  const scale = { ...CONTROL, param_key: 'scheduler_scale', current: 1 }
  const withScale = new Map([...IDS.controls, ['c10', scale]])
  expect(intent({ action: 'reduce_lr_factor', value: 0.5 }, { ...IDS, controls: withScale })).toEqual(
    change({ kind: 'set', values: { lr: { mul: 0.5 } } }, 'scheduler_scale'),
  )
  const none = { ...IDS, controls: new Map() }
  expect(intent({ action: 'reduce_lr_factor', value: 0.5 }, none)).toBe(
    'reduce_lr_factor: this prompt has no learning rate',
  )
  expect(intent({ action: 'set_lr', value: 0.5 }, none)).toBe('set_lr: this prompt has no such control')
})
