import { expect, test } from 'vitest'
import {
  BUILT_IN_MODULES,
  createModuleTable,
  type ModuleDescriptor,
  readModuleDescriptor,
  readModules,
} from '../src/index.ts'

test.each(BUILT_IN_MODULES.map((module) => [module.name, module]))(
  'the descriptor of %s is plain JSON that reads back as it was written',
  (_name, module) => {
    expect(readModuleDescriptor(JSON.parse(JSON.stringify(module)))).toEqual({ ok: true, value: module })
  },
)

const MIXUP: ModuleDescriptor = {
  name: 'mixup',
  summary: 'Mix examples.',
  ops: [{ op: 'strength', summary: 'Set the strength.', inverse: {}, text: 'mixup {changes}' }],
}

test('a table has the built-in modules and those of the trainer; names without a descriptor have the ops of controls', () => {
  const table = createModuleTable([MIXUP])
  expect(table.op('mixup', 'strength')).toEqual(MIXUP.ops[0])
  expect(table.op('mixup', 'set_params')).toBeUndefined()
  expect(table.op('augment', 'set_params')?.text).toBe('{changes}')
  expect([table.isControls('opt'), table.isControls('augment'), table.isControls('mixup')]).toEqual([true, true, false])
})

test('autopilot is a name of hotcb, whether or not a trainer has it: it never means controls', () => {
  expect(createModuleTable().isControls('autopilot')).toBe(false)
  expect(createModuleTable().op('autopilot', 'set_params')).toBeUndefined()
})

test('a descriptor with the name of a built-in module does not replace it', () => {
  const table = createModuleTable([{ ...MIXUP, name: 'cb' }])
  expect(table.op('cb', 'load')?.payload).toBe('fields')
})

test.each([
  [{ ...MIXUP, name: 'set x' }, '`name` must be a word of letters, digits, dashes and underscores, got "set x"'],
  [{ ...MIXUP, ops: [{ op: 'a', aliases: ['b'] }, { op: 'b' }] }, 'module `mixup` has two ops called `b`'],
  [{ ...MIXUP, yaml: 'handles' }, '`yamlKey` is missing: `yaml: handles` of module `mixup` needs it'],
  [
    { ...MIXUP, ops: [{ op: 'a', args: [{ name: 'x', into: 'params.__proto__' }] }] },
    '`ops.0.args.0.into` must name a field of an op, got "params.__proto__"',
  ],
  [
    { ...MIXUP, ops: [{ op: 'a', history: 'some' }] },
    '`ops.0.history` must be one of all, last-by-id, none, got "some"',
  ],
])('what is wrong with a descriptor is named by its field: %j', (value, reason) => {
  expect(readModuleDescriptor(value)).toEqual({ ok: false, reason })
})

test('a descriptor that cannot be read is left out, and the others stay', () => {
  expect(readModules([null, { name: 'x' }, MIXUP, { ...MIXUP, name: '' }]).map(({ name }) => name)).toEqual([
    'x',
    'mixup',
  ])
})
