import { BUILT_IN_TABLE, type ControlDescription } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { createCommandTree, readLine } from '../src/index.ts'
import { readControlPairs } from '../src/relative-pairs.ts'

function control(param_key: string, type: ControlDescription['type'], group = 'optimizer'): ControlDescription {
  const none = { min: null, max: null, step: null, log_base: null, choices: null, current: null }
  return { ...none, param_key, type, label: param_key, group, state: 'untouched' }
}

const CONTROLS = [control('lr', 'log_float'), control('size', 'choice', 'model'), control('on', 'bool', 'model')]

test.each([
  ['lr=x0.5', { lr: { mul: 0.5 } }],
  ['lr=x1e-1', { lr: { mul: 0.1 } }],
  ['lr=+0.1', { lr: { add: 0.1 } }],
  ['lr=+-.1', { lr: { add: -0.1 } }],
  ['lr=-0.1', { lr: -0.1 }],
  ['lr=0.1', { lr: 0.1 }],
  ['aux_w=x2', { aux_w: { mul: 2 } }],
  ['size=x2', { size: 'x2' }],
  ['other=x2', { other: 'x2' }],
  ['other=+2', { other: 2 }],
  ['lr=x', { lr: 'x' }],
  ['lr=x1e999', { lr: 'x1e999' }],
  ['lr="x2"', { lr: 'x2' }],
])('%s is read for controls', (word, params) => {
  expect(readControlPairs([word], CONTROLS)).toEqual(params)
})

test('`set` and `opt set_params` request the same relative value, and refuse one for a control that is not numeric', () => {
  const facts = { controls: CONTROLS, modules: undefined, held: [] }
  const read = (line: string) => readLine(line, createCommandTree(BUILT_IN_TABLE), facts)
  const draft = { module: 'opt', op: 'set_params', id: 'main', params: { lr: { mul: 0.5 } } }
  expect(read('set lr=x0.5')).toMatchObject({ ok: true, value: { drafts: [draft] } })
  expect(read('opt set_params lr=x0.5')).toMatchObject({ ok: true, value: { drafts: [draft] } })
  expect(read('set on=x2')).toEqual({ ok: false, reason: '`on` must be true or false, got {"mul":2}' })
  expect(read('set scheduler_drop=x2')).toEqual({
    ok: false,
    reason: '`scheduler_drop` does not accept a relative value here, got {"mul":2}',
  })
})
