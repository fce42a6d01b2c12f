import { createModuleTable } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { describe as tell } from '../src/index.ts'

const set = { module: 'opt', op: 'set_params', id: 'main' }
const core = { module: 'core', id: 'main' }

test.each([
  [{ ...set, decision: 'applied', payload: { lr: 0.01 }, old: { lr: 0.001 } }, 'lr 0.001 → 0.01'],
  [
    { ...set, decision: 'applied', params: { lr: { mul: 0.5 } }, payload: { lr: 0.05 }, old: { lr: 0.1 } },
    'lr 0.1 → 0.05',
  ],
  [{ ...set, decision: 'failed', params: { lr: { mul: 0 } } }, 'lr = x0'],
  [{ ...set, params: { lr: { add: -0.1 }, momentum: { mul: 0.5 } } }, 'lr = +-0.1, momentum = x0.5'],
  [{ ...set, decision: 'failed', params: { lr: -1 }, old: { lr: 0.1 } }, 'lr = -1'],
  [{ ...set, payload: { lr: 0.5, group: 'head' }, old: { lr: 0.1 } }, 'lr 0.1 → 0.5 (group head)'],
  [{ ...set, params: { momentum: 0.5, groups: ['a', 'b'] } }, 'momentum = 0.5 (groups a, b)'],
  [{ ...set, payload: { lr: 0.5 }, old: { lr: [0.1, 0.1, 0.2] } }, 'lr 0.1 | 0.2 → 0.5'],
  [{ ...set, payload: { betas: [0.9, 0.99] }, old: { betas: [0.9, 0.999] } }, 'betas [0.9,0.999] → [0.9,0.99]'],
  [{ ...set, module: 'loss', payload: { aux_w: 2 }, old: { aux: 1 } }, 'aux_w 1 → 2'],
  [{ ...set, params: { key: 'lr', value: 0.1 } }, 'lr = 0.1'],
  [{ ...set, params: { params: { lr: 0.1 } } }, 'lr = 0.1'],
  [
    { ...set, params: { 'ramps.aux': { type: 'cosine', end: 1, warmup_frac: 0.1 } } },
    'ramps.aux = cosine → 1 over 10 % of the run',
  ],
  [
    {
      ...set,
      decision: 'applied',
      payload: { 'ramps.aux': { type: 'linear', start: 0, end: 1, steps: 200, first_step: 40 } },
      old: { 'ramps.aux': null },
    },
    'ramps.aux = linear 0 → 1 over 200 steps from step 40',
  ],
  [{ ...set, decision: 'applied', payload: { 'ramps.aux': null } }, 'ramps.aux = null'],
  [{ ...set, params: {} }, 'nothing'],
  [{ module: 'cb', op: 'set_params', id: 'log', params: { every: 5 } }, 'log: every = 5'],
  [{ module: 'cb', op: 'load', id: 'viz' }, 'load viz'],
  [{ module: 'opt', op: 'disable', params: { key: 'lr' } }, 'disable lr'],
  [{ module: 'opt', op: 'enable', id: 'main' }, 'enable opt'],
  [{ module: 'tune', op: 'set', params: { 'search.rate': 2 } }, 'search.rate = 2'],
  [
    { module: 'tune', op: 'propose', params: { m: 'm_00001', key: 'lr', from: 0.05, to: 0.1, by: 'pattern' } },
    'propose m_00001: lr 0.05 → 0.1, by pattern',
  ],
  [
    { module: 'tune', op: 'judge', params: { m: 'm_00001', decision: 'accepted', score: 0.1, z: 2, n: 3 } },
    'judge m_00001: accepted, score 0.1, z 2, after 3 points',
  ],
  [
    { module: 'tune', op: 'judge', params: { of: 64, decision: 'rejected', score: 0.1, z: 2, n: 3 } },
    'judge #64: rejected, score 0.1, z 2, after 3 points',
  ],
  [{ module: 'ctl', op: 'call', id: 'save', params: { args: [3], kwargs: { label: 'x' } } }, 'call save 3 label=x'],
  [{ module: 'mix', op: 'rotate', id: 'main', params: { by: 2 } }, 'rotate mix by = 2'],
  [{ ...core, op: 'attempt', payload: { n: 2, cut: true, step: 5 } }, 'attempt 2 begins, history cut at step 5'],
  [{ ...core, op: 'attempt', payload: {}, attempt: 3 }, 'attempt 3 begins'],
  [{ ...core, op: 'checkpoint', params: { tag: 'best' } }, 'checkpoint save best'],
  [{ ...core, op: 'freeze', params: { mode: 'prod' } }, 'freeze prod'],
  [{ ...core, op: 'unfreeze' }, 'unfreeze'],
  [{ ...core, op: 'stop', params: { reason: 'done' } }, 'stop done'],
  [{ ...core, op: 'cancel', params: { cid: 'abc' } }, 'cancel abc'],
  [{ ...core, op: 'revert', params: { seq: 12 } }, 'revert 12'],
  [{ ...core, op: 'yaml', payload: { text: 'x' } }, 'hotcb.yaml reconciled'],
  [{ ...set, params: { mode: '', flag: true, none: null } }, 'mode = "", flag = true, none = null'],
  [{ ...set, params: { lr: 1, group: 0 } }, 'lr = 1 (group 0)'],
  [{ ...set, params: { lr: 1, group: 0, groups: 1 } }, 'lr = 1 (groups 0, 1)'],
  [{ ...set, params: { lr: 1, groups: [] } }, 'lr = 1'],
  [{ ...set, params: { group: 0 } }, 'nothing'],
  [{ ...set, params: { key: 'lr' } }, 'key = lr'],
  [{ ...set, params: { key: 5, value: 1 } }, 'key = 5, value = 1'],
  [{ ...set, params: { params: { lr: 1 }, more: 2 } }, 'params = {"lr":1}, more = 2'],
  [{ ...set, params: { key: 'lr', value: 1, group: 'a' } }, 'lr = 1 (group a)'],
  [{ ...set, decision: 'failed', params: { lr: 1 }, payload: { lr: 2 } }, 'lr = 1'],
  [{ ...set, payload: { lr: [1, 2] }, old: { lr: [3, 3] } }, 'lr [3,3] → [1,2]'],
  [{ ...set, params: { 'ramps.a': { end: 2, steps: 5 } } }, 'ramps.a = linear → 2 over 5 steps'],
  [
    { ...set, params: { 'ramps.a': { type: 'cosine', start: 0, end: 2, warmup_frac: 1 / 3 } } },
    'ramps.a = cosine 0 → 2 over 33.33 % of the run',
  ],
  [{ ...set, params: { 'ramps.a': { end: 2 } } }, 'ramps.a = linear → 2 over ? steps'],
  [{ module: 'mix', op: 'rotate', id: 'b' }, 'rotate mix:b'],
  [{ module: 'mix', op: 'rotate' }, 'rotate mix'],
  [{ module: 'opt', op: 'enable', id: 'b' }, 'enable opt:b'],
  [{ module: 'opt', op: 'enable', params: { key: 5 } }, 'enable opt'],
  [{ module: 'cb', op: 'load' }, 'load main'],
  [{ ...core, op: 'stop', params: { reason: '' } }, 'stop'],
  [{ ...core, op: 'stop', params: { reason: null } }, 'stop'],
  [{ ...core, op: 'stop', payload: { reason: 'a' }, params: { reason: 'b' } }, 'stop a'],
  [{ ...core, op: 'attempt' }, 'attempt ? begins'],
  [{ module: 'ctl', op: 'call', id: 'a', params: { args: ['x', [1]], kwargs: {} } }, 'call a x [1]'],
])('%j is "%s"', (line, words) => {
  expect(tell(line)).toBe(words)
})

test('the caller chooses arrows, the format of values, and a limit', () => {
  const line = { ...set, payload: { lr: 0.0123456 }, old: { lr: 0.1 } }
  expect(tell(line, { unicode: false })).toBe('lr 0.1 -> 0.0123456')
  expect(tell(line, { showValue: (value) => Number(value).toPrecision(2) })).toBe('lr 0.10 → 0.012')
  expect(tell(line, { limit: 8 })).toBe('lr 0.1 …')
  expect(tell(line, { limit: 18 })).toBe('lr 0.1 → 0.0123456')
  expect(tell({ ...set, params: { 'ramps.a': { end: 1, steps: 2 } } }, { unicode: false })).toBe(
    'ramps.a = linear -> 1 over 2 steps',
  )
})

test('params, payload and old that are not objects count as absent', () => {
  expect(tell({ ...set, params: 'x', payload: [1], old: 3 })).toBe('nothing')
  expect(tell({ module: 'ctl', op: 'call', id: 'a', params: { args: 3, kwargs: [] } })).toBe('call a')
})

test("a module's own template describes its ledger lines; a part in brackets is left out if it has no value", () => {
  const table = createModuleTable([
    {
      name: 'mixup',
      summary: '',
      ops: [{ op: 'mix', summary: '', text: 'mix {changes}[ for {reason}], {kind=plain}[: {no} {reason}]' }],
    },
  ])
  const line = { module: 'mixup', op: 'mix', decision: 'applied', payload: { alpha: 0.4 }, old: { alpha: 0.2 } }
  expect(tell({ ...line, params: { reason: 'overfit' } }, { table })).toBe('mix alpha 0.2 → 0.4 for overfit, plain')
  expect(tell(line, { table })).toBe('mix alpha 0.2 → 0.4, plain')
  expect(tell(line)).toBe('mix mixup alpha 0.2 → 0.4')
})
