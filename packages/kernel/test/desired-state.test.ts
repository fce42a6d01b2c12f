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

const TARGET = { kind: 'file', path: 'p.mjs', symbol: 'P' }
const main = (module: string, op: string, params: object | null = null) => ({ module, op, id: 'main', params })

test.each<[name: string, yaml: object, wishes: readonly object[]]>([
  ['nothing', {}, []],
  ['sections without content', { core: null, opt: null, cb: null, tune: null }, []],
  ['a core without a mode', { core: {} }, []],
  [
    'a freeze mode',
    { core: { freeze_mode: 'prod' } },
    [
      {
        key: 'core.freeze_mode',
        op: { ...main('core', 'freeze'), mode: 'prod', recipe_path: null, adjust_path: null },
      },
    ],
  ],
  [
    'a handle with its target and no switch',
    { cb: { callbacks: { probe: { target: TARGET, init: { every: 2 } } } } },
    [
      {
        key: 'cb.probe.load',
        value: { target: TARGET, init: { every: 2 } },
        op: { module: 'cb', id: 'probe', params: null, op: 'load', target: TARGET, init: { every: 2 }, enabled: null },
      },
    ],
  ],
  [
    'a handle that is only switched off',
    { cb: { callbacks: { probe: { enabled: false } } } },
    [{ key: 'cb.probe.enabled', value: false, op: { module: 'cb', id: 'probe', params: null, op: 'disable' } }],
  ],
  [
    'the params of a handle',
    { cb: { callbacks: { probe: { params: { every: 3 } } } } },
    [
      {
        key: 'cb.probe.params',
        value: { every: 3 },
        op: { module: 'cb', id: 'probe', params: { every: 3 }, op: 'set_params' },
      },
    ],
  ],
  [
    'a handle with a target, params and a switch',
    { cb: { callbacks: { probe: { target: TARGET, enabled: true, params: { every: 3 } } } } },
    [
      { key: 'cb.probe.load', op: { op: 'load', enabled: true } },
      { key: 'cb.probe.params', op: { op: 'set_params' } },
      { key: 'cb.probe.enabled', op: { op: 'enable', params: null } },
    ],
  ],
  [
    'controls with a switch',
    { opt: { enabled: true, params: { lr: 0.1, momentum: 0.5 } } },
    [
      { key: 'opt.enabled', value: true, op: main('opt', 'enable') },
      { key: 'opt.lr', value: 0.1, op: main('opt', 'set_params', { lr: 0.1 }) },
      { key: 'opt.momentum', value: 0.5, op: main('opt', 'set_params', { momentum: 0.5 }) },
    ],
  ],
  [
    'controls that are switched off',
    { loss: { enabled: false } },
    [{ key: 'loss.enabled', op: main('loss', 'disable') }],
  ],
  [
    'a tuner that is on',
    { tune: { enabled: true, mode: 'observe' } },
    [{ key: 'tune', value: { mode: 'observe' }, op: main('tune', 'enable', { mode: 'observe' }) }],
  ],
  [
    'a tuner that is off, whose params do not matter',
    { tune: { enabled: false, mode: 'observe' } },
    [{ key: 'tune', value: null, op: main('tune', 'disable') }],
  ],
])('%s is read as its ops', (_name, yaml, wishes) => {
  const read = readDesiredOps({ version: 1, ...yaml })
  expect(read).toMatchObject({ ok: true, value: wishes })
  expect(read.ok && read.value.length).toBe(wishes.length)
})

test('only keys that differ from the earlier YAML count as changed, even for a nested value', () => {
  const wishesOf = (params: object) => {
    const read = readDesiredOps({ opt: { params }, cb: { callbacks: { probe: { params: { list: [1, 2] } } } } })
    if (!read.ok) throw new Error(read.reason)
    return read.value
  }
  const before = wishesOf({ lr: 0.1, groups: [1, 2] })
  expect(changedOps(before, before)).toEqual([])
  expect(changedOps(wishesOf({ lr: 0.1, groups: [1, 3], momentum: 0.5 }), before).map(({ key }) => key)).toEqual([
    'opt.groups',
    'opt.momentum',
  ])
  expect(changedOps(before, []).length).toBe(before.length)
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
])('%s is refused as a whole, and the reason names the field', (yaml, reason) => {
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
