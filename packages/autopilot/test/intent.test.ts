import type { ControlDescription } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { AI_ACTIONS, type AiAction } from '../src/ai/actions.ts'
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
  ]),
  groups: new Map([['g2', { control: CONTROL, place: 1, value: 0.01 }]]),
  callbacks: new Map([['k1', 'early_stop']]),
}

function intent(action: Partial<AiAction>): unknown {
  const read = intentOf({ action: 'noop', target: null, value: null, text: null, learnings: [], ...action }, IDS)
  return read.ok ? read.value : read.reason
}

test.each<[Partial<AiAction>, object]>([
  [{ action: 'noop' }, { kind: 'nothing' }],
  [
    { action: 'set_lr', value: 0.05 },
    { action: { kind: 'set', values: { lr: { to: 0.05 } } }, keys: ['lr'] },
  ],
  [{ action: 'reduce_lr_factor', value: 0.5 }, { action: { kind: 'set', values: { lr: { mul: 0.5 } } } }],
  [
    { action: 'set_lr_optimizer', target: 'g2', value: 0.02 },
    { action: { op: { op: 'set_params', params: { lr: 0.02, group: 1 }, expect: { lr: 0.1 } } } },
  ],
  [{ action: 'set_wd', value: 1e-3 }, { action: { values: { weight_decay: { to: 1e-3 } } } }],
  [{ action: 'set_loss_weight', target: 'c3', value: 2 }, { action: { values: { recon_w: { to: 2 } } } }],
  [{ action: 'set_control', target: 'c4', value: 0.7 }, { action: { values: { 'data.old_share': { to: 0.7 } } } }],
  [{ action: 'enable_callback', target: 'k1' }, { action: { op: { module: 'cb', op: 'enable', id: 'early_stop' } } }],
  [{ action: 'disable_callback', target: 'k1' }, { action: { op: { module: 'cb', op: 'disable', id: 'early_stop' } } }],
  [
    { action: 'set_key_metric', target: 'm1' },
    { kind: 'view', what: 'key', metric: 'val_loss' },
  ],
  [
    { action: 'add_watch_metric', target: 'm1' },
    { kind: 'view', what: 'watch' },
  ],
  [
    { action: 'remove_watch_metric', target: 'm1' },
    { kind: 'view', what: 'unwatch' },
  ],
  [
    { action: 'request_raw_metrics', target: 'm1' },
    { kind: 'view', what: 'raw' },
  ],
  [
    { action: 'declare_rerun', text: 'lost', learnings: ['lower'] },
    { kind: 'rerun', verdict: 'lost', learnings: ['lower'] },
  ],
  [
    { action: 'finalize_recipe', text: 'good' },
    { kind: 'recipe', summary: 'good' },
  ],
  [{ action: 'rescue' }, { action: { kind: 'do', what: 'rescue' } }],
])('the action %j has a meaning', (action, expected) => {
  expect(intent(action)).toMatchObject(expected)
})

test('every action of the prompt is one of these', () => {
  expect(AI_ACTIONS).toHaveLength(16)
  for (const action of AI_ACTIONS) expect(intent({ action, target: 'nothing', value: 0.05 })).toBeDefined()
})

test.each<[Partial<AiAction>, RegExp]>([
  [{ action: 'set_lr', value: 2 }, /2 is out of bounds: lr goes from 1e-7 to 1$/],
  [{ action: 'set_lr', value: Number.NaN }, /needs a value/],
  [{ action: 'set_lr' }, /needs a value/],
  [{ action: 'set_lr', value: 0.101 }, /differs from 0\.1 by less than 5 %/],
  [{ action: 'reduce_lr_factor', value: 3 }, /the factor must be from 0\.01 to 0\.99, got 3/],
  [{ action: 'set_lr_optimizer', target: 'c1', value: 1 }, /`c1` is not a parameter group of this prompt/],
  [{ action: 'set_loss_weight', target: 'c1', value: 1 }, /`c1` is not a control of a loss/],
  [{ action: 'set_control', target: '__proto__', value: 1 }, /no such control/],
  [{ action: 'enable_callback', target: 'early_stop' }, /`early_stop` is not a callback of this prompt/],
  [{ action: 'set_key_metric', target: 'val_loss' }, /`val_loss` is not a metric of this prompt/],
])('%j is refused in one line', (action, reason) => {
  expect(intent(action)).toMatch(reason)
})
