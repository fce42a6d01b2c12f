import { BUILT_IN_TABLE } from '@hotcb/protocol'
import { describe, expect, test } from 'vitest'
import {
  type Args,
  findCommand,
  incompleteCommandError,
  readArguments,
  readSet,
  splitLine,
  splitPairs,
} from '../src/index.ts'
import { FACTS, SECTIONS } from './facts.ts'

const NUMBERS = ['whole', 'seq', 'count', 'integer', 'port', 'positive', 'pause'] as const

describe('a number must be of the kind that its argument requires', () => {
  test.each<[(typeof NUMBERS)[number], string, string[], string[]]>([
    ['whole', 'a whole number >= 0', ['0', '12'], ['-1', '1.5', '#3', '', 'x', '1e999']],
    ['seq', 'a whole number >= 0', ['0', '#3'], ['-1', '##3', '3#']],
    ['count', 'a whole number >= 1', ['1', '7'], ['0', '-1']],
    ['integer', 'a whole number', ['-3', '0', '4'], ['1.5', 'x']],
    ['port', 'a whole number from 0 to 65535', ['0', '65535'], ['65536', '-1', '1.5']],
    ['positive', 'a number > 0', ['0.001', '5'], ['0', '-1', '1e999']],
    ['pause', 'a number >= 0', ['0', '0.5'], ['-0.1', '1e999', 'x']],
  ])('%s', (number, right, accepted, refused) => {
    const args: Args = { amount: { type: 'string', number } }
    for (const value of accepted) expect(readArguments(args, [`--amount=${value}`]).values['amount']).toBe(value)
    for (const value of refused) {
      expect(() => readArguments(args, [`--amount=${value}`])).toThrow(
        `\`--amount\` must be ${right}, got ${JSON.stringify(value)}`,
      )
    }
  })
})

describe('flags and words are read in any order', () => {
  const ARGS: Args = {
    step: { type: 'positional', number: 'whole', required: false },
    wait: { type: 'string', bare: '10', number: 'positive', negatable: true },
    name: { type: 'string', isNamed: true, valueHint: 'NAME' },
    tag: { type: 'string', isTag: true, alias: 't' },
    dash_name: { type: 'string' },
    quiet: { type: 'boolean', alias: 'q' },
    secret: { type: 'string', hidden: true },
    kind: { type: 'enum', options: ['fast', 'slow'], default: 'slow' },
  }
  const BARE: Args = { wait: { type: 'string', bare: '10', number: 'positive', negatable: true } }

  test.each<[Args, string[], object]>([
    [BARE, ['--wait', '5'], { wait: '5', _: [] }],
    [BARE, ['--wait'], { wait: '10', _: [] }],
    [BARE, ['--wait', '--wait', '3'], { wait: '3', _: [] }],
    [ARGS, ['-ta1'], { tag: 'a1' }],
    [ARGS, ['-t', 'a1'], { tag: 'a1' }],
    [ARGS, ['-q'], { quiet: true }],
    [ARGS, ['--no-quiet'], { quiet: false }],
    [ARGS, ['--quiet=true'], { quiet: true }],
    [ARGS, ['--dash-name', 'x'], { dash_name: 'x' }],
    [ARGS, ['--dash_name', 'x'], { dash_name: 'x' }],
    [ARGS, ['--name', ' '], { name: ' ' }],
    [ARGS, ['--name', '-5'], { name: '-5' }],
    [ARGS, [], { kind: 'slow', step: undefined, quiet: undefined }],
  ])('%#: %j', (args, tokens, values) => {
    expect(readArguments(args, tokens).values).toMatchObject(values)
  })

  test.each<[Args, string[], string]>([
    [ARGS, ['--wait', '5'], '`--wait 5` is ambiguous: `--wait=5`, or 5 before `--wait`'],
    [ARGS, ['--name='], '`--name` is empty: expected NAME'],
    [ARGS, ['--tag', 'a b'], '`--tag` must be letters, digits, dots, dashes or underscores, got "a b"'],
    [ARGS, ['--tag', '.a'], '`--tag` must be letters, digits, dots, dashes or underscores, got ".a"'],
    [ARGS, ['--name', 'a', '--name', 'b'], '`--name` is given twice: "a" and "b"'],
    [ARGS, ['-qx'], 'unknown flag `-qx`'],
    [ARGS, ['--secert'], 'unknown flag `--secert`: choose from --wait, --name'],
    [ARGS, ['--no-name'], 'unknown flag `--no-name`'],
    [ARGS, ['--no-quiet=1'], 'unknown flag `--no-quiet`'],
    [ARGS, ['--kind'], '`--kind` needs a value: fast, slow'],
    [ARGS, ['--dash_name'], '`--dash_name` needs a value'],
    [ARGS, ['--kind', 'quick'], '`--kind` must be one of fast, slow, got "quick"'],
    [ARGS, ['--namme', 'x'], 'unknown flag `--namme`: did you mean `--name`'],
    [
      { a: { type: 'positional', behindDashes: true, variadic: true, required: false } },
      ['x'],
      'unexpected argument "x": a comes after `--`',
    ],
    [{ a: { type: 'positional' } }, [], 'A is missing: a'],
    [{ a: { type: 'positional', required: true } }, [''], 'A is missing: a'],
  ])('%#: %j', (args, tokens, message) => {
    expect(() => readArguments(args, tokens)).toThrow(
      expect.objectContaining({ message: expect.stringContaining(message) }),
    )
  })

  test('a single dash is a word', () => {
    expect(readArguments({ file: { type: 'positional' } }, ['-']).values).toEqual({ file: '-', _: ['-'] })
  })

  test('a tag has up to a hundred characters', () => {
    expect(readArguments(ARGS, ['--tag', 'a'.repeat(100)]).values['tag']).toHaveLength(100)
    expect(() => readArguments(ARGS, ['--tag', 'a'.repeat(101)])).toThrow('`--tag` must be letters')
  })

  test('after an allowed word, or an assignment, a number belongs to the flag', () => {
    const words: Args = { mode: { type: 'positional', options: ['a'], required: false }, ...BARE }
    expect(readArguments(words, ['--wait', '5']).values).toMatchObject({ wait: '5', _: [] })
    const pairs: Args = { pair: { type: 'positional', variadic: true, valueHint: 'K=V', required: false }, ...BARE }
    expect(readArguments(pairs, ['--wait', '5']).values).toMatchObject({ wait: '5', _: [] })
    const numbers: Args = { rest: { type: 'positional', variadic: true, required: false }, ...BARE }
    expect(() => readArguments(numbers, ['1', '--wait', '5'])).toThrow('`--wait 5` is ambiguous')
  })

  test('words after `--` go to the argument that accepts them', () => {
    const args: Args = {
      own: { type: 'positional', behindDashes: true, variadic: true, required: false },
      quiet: { type: 'boolean' },
    }
    expect(readArguments(args, ['--quiet', '--', '--x', '5']).values).toEqual({
      own: '--x',
      quiet: true,
      _: ['--x', '5'],
    })
    expect(readArguments(args, ['--']).values).toEqual({ own: undefined, quiet: undefined, _: [] })
  })

  test('an argument with a default may be left out', () => {
    expect(readArguments({ a: { type: 'positional', default: 'x' } }, []).values).toEqual({ a: 'x', _: [] })
  })
})

const ROOT = [
  ...SECTIONS.flatMap(({ entries }) => entries),
  { name: 'point', summary: 'A point.' },
  { name: 'point list', summary: 'All points.' },
  {
    name: 'again',
    summary: 'Repeat.',
    entries: [
      { name: '--check', summary: 'Check it.' },
      { name: 'now', summary: 'Now.' },
    ],
  },
]

describe('a command is found among global flags', () => {
  test.each<[string[], string[], string[]]>([
    [
      ['cb', '--json', 'ls', 'x'],
      ['cb', 'list'],
      ['--json', 'x'],
    ],
    [['--dir', 'set', 'pause'], ['pause'], ['--dir', 'set']],
    [['-d', 'set', 'pause', 'x'], ['pause'], ['-d', 'set', 'x']],
    [['point', 'list', 'x'], ['point', 'list'], ['x']],
    [['point', '--json', 'list'], ['point', 'list'], ['--json']],
    [
      ['point', '--no-color', '--dir=a', 'list'],
      ['point', 'list'],
      ['--no-color', '--dir=a'],
    ],
    [['point', '--other', 'list'], ['point'], ['--other', 'list']],
    [['point', 'lists'], ['point'], ['lists']],
    [['again', 'x', '--check'], ['again', '--check'], ['x']],
    [['again', 'now'], ['again', 'now'], []],
  ])('%j', (argv, path, tokens) => {
    const found = findCommand(ROOT, argv)
    expect(found).toMatchObject({ path, tokens, leaf: { name: expect.any(String) } })
  })

  test('a line without a command, or with only a group, is incomplete', () => {
    expect(findCommand(ROOT, ['--json'])).toEqual({ path: [], leaf: undefined, entries: ROOT, tokens: ['--json'] })
    const group = findCommand(ROOT, ['again'])
    expect(group).toMatchObject({ path: ['again'], leaf: undefined, tokens: [] })
    expect(incompleteCommandError(group)).toMatchObject({
      code: 'usage',
      message: '`hotcb again` needs one of --check, now',
    })
  })

  test.each<[string[], object]>([
    [
      ['cb', 'lod'],
      {
        message: 'unknown command "cb lod": did you mean `hotcb cb load`?',
        details: { kind: 'unknown', facts: { command: 'cb lod', near: ['cb load'] } },
      },
    ],
    [['qqqqqq'], { details: { kind: 'unknown', facts: { command: 'qqqqqq', near: [] } } }],
    [['cb', 'a=1'], { message: expect.stringMatching(/^unknown command "cb a=1": `hotcb cb` has load, enable/) }],
    [['--json', 'qqqqqq'], { message: 'unknown command "qqqqqq": see `hotcb --help`' }],
    [['--no-color', 'qqqqqq'], { message: 'unknown command "qqqqqq": see `hotcb --help`' }],
    [['-h', 'qqqqqq'], { message: 'unknown command "qqqqqq": see `hotcb --help`' }],
    [['--x=1', 'qqqqqq'], { message: 'unknown command "qqqqqq": see `hotcb --help`' }],
    [['--x', 'qqqqqq'], { message: 'unknown flag `--x` before the command: flags of a command come after its name' }],
    [['-x', 'qqqqqq'], { message: 'unknown flag `-x` before the command: flags of a command come after its name' }],
  ])('%j is refused', (argv, error) => {
    expect(() => findCommand(ROOT, argv)).toThrow(expect.objectContaining({ code: 'usage', ...error }))
  })
})

describe('the words of a line have positions, and an unclosed quote or bracket is reported', () => {
  test.each<[string, object[]]>([
    [
      ' a  b',
      [
        { text: 'a', start: 1, end: 2 },
        { text: 'b', start: 4, end: 5 },
      ],
    ],
    ['"a b', [{ text: 'a b', start: 0, end: 4, open: '"' }]],
    ["x'a", [{ text: 'xa', start: 0, end: 3, open: "'" }]],
    ['k={"a":"b', [{ text: 'k={"a":"b', start: 0, end: 9, open: '{' }]],
    ['k=[[1] 2', [{ text: 'k=[[1] 2', start: 0, end: 8, open: '[' }]],
    ['k=[1]x', [{ text: 'k=[1]x', start: 0, end: 6 }]],
    ['a\\', [{ text: 'a\\', start: 0, end: 2 }]],
    ['"a\\"', [{ text: 'a"', start: 0, end: 4, open: '"' }]],
    ['a\\\tb', [{ text: 'a\tb', start: 0, end: 4 }]],
    [
      'a\nb',
      [
        { text: 'a', start: 0, end: 1 },
        { text: 'b', start: 2, end: 3 },
      ],
    ],
  ])('%j', (line, words) => {
    expect(splitLine(line)).toEqual(words)
  })
})

test('a piece without `=` belongs to the pair before it', () => {
  expect(splitPairs('paths=a,b,every=2')).toEqual(['paths=a,b', 'every=2'])
  expect(splitPairs('a,b=1')).toEqual(['a', 'b=1'])
  expect(splitPairs('')).toEqual([])
})

test('a program reads the words of `set` as the command line does', () => {
  expect(readSet(['lr=x0.5', '--note=why'], BUILT_IN_TABLE, FACTS)).toEqual({
    kind: 'commands',
    drafts: [{ module: 'opt', op: 'set_params', id: 'main', params: { lr: { mul: 0.5 } } }],
    conditions: {},
    note: 'why',
  })
  expect(() => readSet(['lr'], BUILT_IN_TABLE, FACTS)).toThrow('expected `key=value`, got "lr"')
})
