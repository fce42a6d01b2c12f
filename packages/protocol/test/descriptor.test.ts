import { expect, test } from 'vitest'
import {
  BUILT_IN_MODULES,
  createModuleTable,
  type ModuleDescriptor,
  readDesiredState,
  readModuleDescriptor,
  readModules,
  unknownDescriptorField,
} from '../src/index.ts'

test.each(BUILT_IN_MODULES.map((module) => [module.name, module]))(
  'the descriptor of %s is plain JSON that reads back unchanged',
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

test('hotcb reserves the name `autopilot`, whether or not a trainer has it: it never means controls', () => {
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
])('a problem in a descriptor is reported with its field: %j', (value, reason) => {
  expect(readModuleDescriptor(value)).toEqual({ ok: false, reason })
})

const arg = (fields: object): object => ({ name: 'x', help: '', kind: 'text', into: 'params.x', ...fields })
const withArgs = (...args: readonly object[]): object => ({ ...MIXUP, ops: [{ op: 'a', args }] })
const withFlag = (fields: object): object => ({ ...MIXUP, ops: [{ op: 'a', flags: [arg({ name: 'xx', ...fields })] }] })

const UNFIT: readonly (readonly [what: string, value: object, reason: string])[] = [
  ['an alias that is a flag', { ...MIXUP, ops: [{ op: 'a', aliases: ['--x'] }] }, '`ops.0.aliases.0` must be a word'],
  [
    'an inverse that is not an op',
    { ...MIXUP, ops: [{ op: 'a', inverse: { op: 'b' } }] },
    '`ops.0.inverse.op` must be an op',
  ],
  [
    'an inverse without old that is not an op',
    { ...MIXUP, ops: [{ op: 'a', inverse: { withoutOld: 'b' } }] },
    '`ops.0.inverse.withoutOld` must be an op of the module, got "b"',
  ],
  [
    'a replaced op that does not exist',
    { ...MIXUP, ops: [{ op: 'a', replaces: ['a', 'b'] }] },
    '`ops.0.replaces.1` must',
  ],
  [
    'a switch without its two ops',
    { ...MIXUP, yaml: 'switch' },
    '`yaml: switch` of module `mixup` needs an op `enable`',
  ],
  ['controls without set_params', { ...MIXUP, yaml: 'controls' }, 'of module `mixup` needs an op `set_params`'],
  [
    'an argument with the name of a flag that every command has',
    withArgs(arg({ name: 'note' })),
    'every command has a flag `--note`',
  ],
  [
    'two arguments with the same name',
    withArgs(arg({}), arg({ into: 'params.y' })),
    '`ops.0.args.1.name`: another argument',
  ],
  ['a flag that is a negation', withFlag({ name: 'no-x' }), '`--no-…` is the negation of a switch, got "no-x"'],
  ['a flag of one letter', withFlag({ name: 'x' }), '`ops.0.flags.0.name` must have two letters or more, got "x"'],
  [
    'a required argument after an optional one',
    withArgs(arg({ optional: true }), arg({ name: 'y' })),
    '`ops.0.args.1` must be optional, as the one before it is',
  ],
  [
    'an argument after one that takes all words',
    withArgs(arg({ kind: 'pairs', into: 'params' }), arg({ name: 'y' })),
    '`ops.0.args.0` takes all remaining words: it must be last',
  ],
  ['a switch among the arguments', withArgs(arg({ kind: 'switch' })), '`ops.0.args.0.kind`: `switch` is for flags'],
  ['a flag of words', withFlag({ kind: 'words' }), '`ops.0.flags.0.kind`: `words` is for arguments'],
  ['a text that is all params', withArgs(arg({ into: 'params' })), 'must be `id`, `mode` or a key of `params`'],
  ['a number that is the id', withArgs(arg({ kind: 'whole', into: 'id' })), 'for kind `whole`, got "id"'],
  ['a switch that is the id', withFlag({ kind: 'switch', into: 'id' }), 'must be `enabled` or a key'],
  [
    'a default of a different kind',
    withFlag({ kind: 'positive', default: 'abc' }),
    'must be a number > 0 for kind `positive`',
  ],
  [
    'a default that is not an option',
    withFlag({ options: ['a'], default: 'b' }),
    '`ops.0.flags.0.default` must be one of a, got "b"',
  ],
  ['a default that never applies', withArgs(arg({ default: 'b' })), '`ops.0.args.0.default` needs `optional: true`'],
  ['no options at all', withFlag({ options: [] }), '`ops.0.flags.0.options` must have at least one word'],
  ['options of a number', withFlag({ kind: 'count', options: ['1'] }), '`ops.0.flags.0.options` are for kind `text`'],
  ['an option with a space', withFlag({ options: ['a b'] }), '`ops.0.flags.0.options` must be words without spaces'],
  [
    'a field that would make it an op of another module',
    withArgs(arg({ also: { module: 'core', op: 'stop' } })),
    '`ops.0.args.0.also` must name fields of an op, got "module"',
  ],
  [
    'the same field, set by an ending',
    withArgs(arg({ alsoByEnding: { '.x': { op: 'y' } } })),
    '`ops.0.args.0.alsoByEnding` must',
  ],
  [
    'a condition on a field that no argument sets',
    withFlag({ onlyWith: { kind: ['a'] } }),
    '`ops.0.flags.0.onlyWith` must name a field that an argument of this op sets: params.x; got "kind"',
  ],
  ['a default of a flag that must be given', withFlag({ oneOf: 'g', default: 'a' }), '`ops.0.flags.0` has both'],
  [
    'a text with an open brace',
    { ...MIXUP, ops: [{ op: 'a', text: 'set {x' }] },
    '`ops.0.text` has a `{` that is unmatched',
  ],
  [
    'a text with nested brackets',
    { ...MIXUP, ops: [{ op: 'a', text: '[a [{x}]]' }] },
    '`ops.0.text` has a `[` that is unmatched',
  ],
  ['what JSON has not', { ...MIXUP, ops: [{ op: 'a', params: { x: 1n } }] }, 'module `mixup`: expected JSON'],
  ['megabytes', { ...MIXUP, summary: 'x'.repeat(3_000_000) }, 'module `mixup` has more than 262144 characters'],
]

test.each(UNFIT)('a descriptor that a command line could not use is refused: %s', (_what, value, reason) => {
  const read = readModuleDescriptor(value)
  expect(read.ok ? 'accepted' : read.reason).toContain(reason)
})

test.each([
  [{ ...MIXUP, sumary: '' }, '`d` has no option `sumary`: did you mean `summary`?'],
  [{ ...MIXUP, ops: [{ op: 'a', flag: [] }] }, '`d.ops.0` has no option `flag`: did you mean `flags`?'],
  [withArgs(arg({ option: [] })), '`d.ops.0.args.0` has no option `option`: did you mean `options` or `optional`?'],
  [{ ...MIXUP, ops: [{ op: 'a', inverse: { with: 'a' } }] }, '`d.ops.0.inverse` has no option `with`'],
  [{ name: 'x', ops: null }, null],
])('a misspelt field of a descriptor is reported to its author, and ignored in a document: %j', (value, reason) => {
  // A JavaScript file does not have this type.
  const problem = unknownDescriptorField('d', value as ModuleDescriptor)
  expect(readModuleDescriptor(value).ok).toBe(true)
  if (reason === null) expect(problem).toBeNull()
  else expect(problem).toContain(reason)
})

test('a descriptor that cannot be read is left out, and the others are kept', () => {
  expect(readModules([null, { name: 'x' }, MIXUP, { ...MIXUP, name: '' }]).map(({ name }) => name)).toEqual([
    'x',
    'mixup',
  ])
})

test('a `switch` section of `hotcb.yaml` has the keys and defaults of the params, not of the flags', () => {
  const { value: module } = readModuleDescriptor({
    name: 'mixup',
    yaml: 'switch',
    ops: [
      {
        op: 'enable',
        args: [arg({ name: 'kind', into: 'params.kind', default: 'a', optional: true })],
        flags: [
          arg({ name: 'std-dev', kind: 'positive', into: 'params.deviation', default: 0.1 }),
          arg({ name: 'mode', into: 'mode', default: 'active' }),
        ],
      },
      { op: 'disable' },
    ],
  }) as { readonly value: ModuleDescriptor }
  const wishOf = (section: object): unknown => {
    const read = readDesiredState({ mixup: { enabled: true, ...section } }, createModuleTable([module]))
    return read.ok ? read.value.switches['mixup']?.params : read.reason
  }
  expect(wishOf({})).toEqual({ kind: 'a', deviation: 0.1, mode: 'active' })
  expect(wishOf({ deviation: 0.5, more: 1 })).toEqual({ kind: 'a', deviation: 0.5, mode: 'active', more: 1 })
})
