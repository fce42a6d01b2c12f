import { parseYaml } from '@hotcb/protocol/yaml'
import { expect, test } from 'vitest'
import { changedOps, readDesiredOps } from '../src/desired-state.ts'

test('a desired state becomes ops in order, key by key; an empty section requests nothing', () => {
  const yaml = `version: 1
tune:
augment: { params: { strength: 3 } }
loss: { enabled: false, params: { ce: 2 } }
opt: { id: head, params: { lr: 0.1, momentum: 0.5 } }
cb:
  callbacks:
    probe: { target: { kind: file, path: p.mjs, symbol: P }, enabled: true, params: { every: 2 } }
core: { freeze_mode: replay, replay: { recipe_path: r.jsonl, policy: strict, step_offset: 5 } }
`
  const wishes = readDesiredOps(yamlValue(yaml))
  if (!wishes.ok) throw new Error(wishes.reason)
  expect(wishes.value.map(({ key, op }) => [key, op.op, op.id])).toEqual([
    ['core.freeze_mode', 'freeze', 'main'],
    ['cb.probe.load', 'load', 'probe'],
    ['cb.probe.params', 'set_params', 'probe'],
    ['cb.probe.enabled', 'enable', 'probe'],
    ['opt.lr', 'set_params', 'head'],
    ['opt.momentum', 'set_params', 'head'],
    ['loss.enabled', 'disable', 'main'],
    ['loss.ce', 'set_params', 'main'],
    ['augment.strength', 'set_params', 'main'],
  ])
  expect(wishes.value[0]?.op).toMatchObject({
    mode: 'replay',
    recipe_path: 'r.jsonl',
    policy: 'strict',
    step_offset: 5,
  })
  const later = readDesiredOps(yamlValue(yaml.replace('lr: 0.1', 'lr: 0.2')))
  if (!later.ok) throw new Error(later.reason)
  expect(changedOps(later.value, wishes.value).map(({ op }) => op.params)).toEqual([{ lr: 0.2 }])
})

test.each([
  [
    'core: { freeze_mode: repaly }',
    '`core.freeze_mode` must be one of off, prod, replay, replay_adjusted, got "repaly"',
  ],
  ['core: { freeze_mode: replay, replay: { policy: 5 } }', '`core.replay.policy` must be one of'],
  ['opt: [1]', '`opt` must be an object, got [1]'],
  ['opt: { params: 3 }', '`opt.params` must be an object, got 3'],
  ['cb: { callbacks: { probe: { target: { kind: file } } } }', '`cb.callbacks.probe.target.path` is missing'],
  ['just text', '`hotcb.yaml` must be an object, got "just text"'],
])('%s is refused as a whole, with the field', (yaml, reason) => {
  expect(readDesiredOps(yamlValue(yaml))).toEqual({ ok: false, reason: expect.stringContaining(reason) })
})

test('an `off` that YAML 1.1 reads as false is off; an empty document requests nothing', () => {
  expect(readDesiredOps({ core: { freeze_mode: false } })).toMatchObject({ ok: true, value: [{ op: { mode: 'off' } }] })
  expect(readDesiredOps(null)).toEqual({ ok: true, value: [] })
})

function yamlValue(text: string): unknown {
  const read = parseYaml(text)
  if (!read.ok) throw new Error(read.reason)
  return read.value
}
