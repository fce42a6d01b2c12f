import { describe, expect, test } from 'vitest'
import { type Args, findWord, readArguments, SEND_FLAGS } from '../src/index.ts'

const ARGS: Args = {
  assignment: { type: 'positional', variadic: true, valueHint: 'KEY=VALUE', description: 'what to set' },
  id: { type: 'string', default: 'main', valueHint: 'ID' },
  count: { type: 'string', alias: 'n', number: 'whole' },
  offset: { type: 'string', number: 'integer' },
  mode: { type: 'enum', options: ['off', 'prod'] },
  force: { type: 'boolean' },
  ...SEND_FLAGS,
}

describe('the input is parsed into flags and words', () => {
  test.each<[string, string[], object, string[], object]>([
    ['an assignment', ['lr=0.1'], {}, ['lr=0.1'], {}],
    ['a negative number is a word', ['-3'], {}, ['-3'], {}],
    ['a value with an equals sign', ['--id=a=b', 'x=1'], { id: 'a=b' }, ['x=1'], {}],
    ['a value in the next word', ['x=1', '--id', 'a'], { id: 'a' }, ['x=1'], {}],
    ['a negative value in the next word', ['--offset', '-100', 'x=1'], { offset: '-100' }, ['x=1'], {}],
    ['a flag without its optional value', ['--wait', 'x=1'], { wait: '10' }, ['x=1'], {}],
    ['the same flag with a value', ['--wait=2.5', 'x=1'], { wait: '2.5' }, ['x=1'], {}],
    ['the same flag negated', ['--no-wait', 'x=1'], { wait: 'no' }, ['x=1'], {}],
    ['the last of two values wins', ['--wait', '--no-wait', 'x=1'], { wait: 'no' }, ['x=1'], {}],
    ['a short name', ['-n', '5', 'x=1'], { count: '5' }, ['x=1'], {}],
    ['underscores for dashes', ['--no_wait', 'x=1'], { wait: 'no' }, ['x=1'], {}],
    ['the same value twice', ['--id=a', '--id', 'a', 'x=1'], { id: 'a' }, ['x=1'], {}],
    ['a repeated flag', ['--expect', 'a=1', '--expect=b=2', 'x=1'], { expect: 'a=1,b=2' }, ['x=1'], {}],
    ['a switch', ['--force', 'x=1'], { force: true }, ['x=1'], {}],
    ['a negated switch', ['--no-force', 'x=1'], { force: false }, ['x=1'], {}],
    ['a switch with a value', ['--force=false', 'x=1'], { force: false }, ['x=1'], {}],
    ['everything after `--` is a word', ['--', '--id=3'], {}, ['--id=3'], {}],
    ['global flags', ['--dir', 'runs/a b', '--json', 'x=1'], {}, ['x=1'], { dir: 'runs/a b', json: true }],
    ['no colour', ['x=1', '--no-color'], {}, ['x=1'], { color: false }],
    ['the short names of help and version', ['x=1', '-h', '-V'], {}, ['x=1'], { help: true, version: true }],
  ])('%s', (_title, tokens, values, words, globals) => {
    const read = readArguments(ARGS, tokens)
    expect(read.globals).toEqual(globals)
    expect(read.values).toEqual({ id: 'main', assignment: words[0], ...values, _: words })
  })
})

const KNOWN =
  'choose from --id, --count, --offset, --mode, --force, --wait, --at, --late, --expect, --expires, --note, --dir, --json, --color, --help, --version'

describe('a mistake is reported with what would be valid', () => {
  test.each<[string[], string]>([
    [['x=1', '--wiat'], 'unknown flag `--wiat`: did you mean `--wait`?'],
    [['x=1', '--jsn'], 'unknown flag `--jsn`: did you mean `--json`?'],
    [['x=1', '--no-wiat'], 'unknown flag `--no-wiat`: did you mean `--no-wait`?'],
    [['x=1', '--zzzzzz'], `unknown flag \`--zzzzzz\`: ${KNOWN}`],
    [['x=1', '-w'], `unknown flag \`-w\`: ${KNOWN}`],
    [['x=1', '-id=3'], 'unknown flag `-id`: did you mean `--id`?'],
    [['x=1', '--id'], '`--id` needs a value: ID'],
    [['x=1', '--id', '--json'], '`--id` needs a value: ID'],
    [['x=1', '--dir'], '`--dir` needs a value: RUN'],
    [['x=1', '--no-id'], `unknown flag \`--no-id\`: ${KNOWN}`],
    [['x=1', '--force=5'], '`--force` does not take a value, got "5"'],
    [['x=1', '--json=yes'], '`--json` does not take a value, got "yes"'],
    [['x=1', '--wait=soon'], '`--wait` must be a number > 0, got "soon"'],
    [['x=1', '--wait=0'], '`--wait` must be a number > 0, got "0"'],
    [['x=1', '--count=-1'], '`--count` must be a whole number >= 0, got "-1"'],
    [['x=1', '--count=1.5'], '`--count` must be a whole number >= 0, got "1.5"'],
    [['x=1', '--offset=1e999'], '`--offset` must be a whole number, got "1e999"'],
    [['x=1', '--mode=pord'], '`--mode` must be one of off, prod, got "pord": did you mean `prod`?'],
    [['x=1', '--mode'], '`--mode` needs a value: off, prod'],
    [[], 'KEY=VALUE is missing: what to set'],
  ])('%j', (tokens, message) => {
    expect(() => readArguments(ARGS, tokens)).toThrow(expect.objectContaining({ code: 'usage', message }))
  })

  test('an extra word is refused', () => {
    const one: Args = { key: { type: 'positional', required: false, valueHint: 'KEY' } }
    expect(() => readArguments(one, ['a', 'b'])).toThrow('unexpected argument "b"')
  })
})

test('the words of a command are found after leading flags', () => {
  expect(findWord(['--dir', 'runs/a', '--json', 'set', 'lr=1'])).toBe(3)
  expect(findWord(['--dir=runs/a', 'opt', '--dir', 'x', 'enable'], 2)).toBe(4)
  expect(findWord(['--json', '--', 'set'])).toBe(-1)
  expect(findWord([])).toBe(-1)
})
