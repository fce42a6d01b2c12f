import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readTyped, UsageError } from '../src/node/program/arguments.ts'
import { watchAcks } from '../src/node/program/wait.ts'
import { openControls } from '../src/node.ts'
import { runRuntimectl } from '../src/program.ts'
import { ask, temporaryFolder, write } from './queue.ts'

interface Told {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs the program in this process, with the same output. */
function runtimectl(...words: readonly string[]): Told {
  const [out, err]: [string[], string[]] = [[], []]
  const ports = { version: '1.2.3', out: (line: string) => out.push(line), err: (line: string) => err.push(line) }
  const code = runRuntimectl(words, ports)
  return { code, out: out.join('\n'), err: err.join('\n') }
}

function linesOf(dir: string): string[] {
  return readFileSync(join(dir, 'commands.jsonl'), 'utf8').split('\n').filter(Boolean)
}

describe('a command', () => {
  test.each<[string[], string]>([
    [['p'], '"args": [], "kwargs": {}'],
    [
      ['p', '-0.5', 'true', 'null', '[1,2]', '{"a":1}', '"s"'],
      '"args": [-0.5, true, null, [1, 2], {"a": 1}, "s"], "kwargs": {}',
    ],
    [
      ['p', 'warm up', '', '01', '1e', 'NaN', '-Infinity'.slice(1), 'é"\\'],
      '"args": ["warm up", "", "01", "1e", "NaN", "Infinity", "é\\"\\\\"], "kwargs": {}',
    ],
    [
      ['p', '1.0', '1e-05', '12345678901234567890', '1E400', '-0'],
      '"args": [1.0, 1e-05, 12345678901234567890, 1E400, -0], "kwargs": {}',
    ],
    [['p', ' [ 1 ,\n{ } , [ ] , "a\\"[,"] '], '"args": [[1, {}, [], "a\\"[,"]], "kwargs": {}'],
    [['p', '--kwargs', '{"label":"manual"}'], '"args": [], "kwargs": {"label": "manual"}'],
    [['p', '--kwargs={"a":{"b":1.50}}', '3'], '"args": [3], "kwargs": {"a": {"b": 1.50}}'],
    [['p', '--kwargs', 'null'], '"args": [], "kwargs": {}'],
    [['--kwargs', '{}', 'status'], '"args": [], "kwargs": {}'],
    [['status', '5'], '"args": [5], "kwargs": {}'],
    [['--', 'list'], '"args": [], "kwargs": {}'],
    [['p', '--', '--wait', '-x', '--'], '"args": ["--wait", "-x", "--"], "kwargs": {}'],
  ])('%j', (words, expected) => {
    const dir = join(temporaryFolder(), 'new', 'queue')
    const { code, out, err } = runtimectl('-q', dir, ...words)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(
      /^\{"id": "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", "ts": \d+(\.\d+)?, "op": "set", "path": "\w+", "args": /,
    )
    expect(out.slice(out.indexOf('"args"'), -1)).toBe(expected)
    expect(linesOf(dir)).toEqual([out])
  })

  test('the directory can be given in four ways, before or after the path', () => {
    const dir = temporaryFolder()
    for (const words of [
      ['-q', dir, 'p'],
      [`-q${dir}`, 'p'],
      ['p', '--queue-dir', dir],
      ['p', `--queue-dir=${dir}`],
    ]) {
      expect(runtimectl(...words).code).toBe(0)
    }
    expect(linesOf(dir).length).toBe(4)
  })

  test('is on its own line, regardless of what precedes it', () => {
    const dir = temporaryFolder()
    write(dir, '{"id": "torn')
    const { out } = runtimectl('-q', dir, 'p')
    expect(linesOf(dir)).toEqual(['{"id": "torn', out])
  })
})

test.each<[string[], string]>([
  [['p'], '`-q DIR` is missing: give the queue directory'],
  [['-q', '', 'p'], '`-q` is empty: it must be the queue directory'],
  [['-q'], '`-q` needs a value'],
  [['-q', 'Q', ''], 'the path is empty: it must be a registered path'],
  [['-q', 'Q', 'p', '--kwargs', '[1]'], '`--kwargs` must be a JSON object such as \'{"label": "manual"}\', got [1]'],
  [['-q', 'Q', 'p', '--kwargs', '{a}'], '`--kwargs` must be a JSON object such as \'{"label": "manual"}\', got {a}'],
  [
    ['-q', 'Q', 'p', '-x'],
    'unknown flag `-x`: choose from -q, --queue-dir, --kwargs, --last, --wait, -h, --help, -V, --version; put an argument that begins with `-` after `--`',
  ],
  [['-q', 'Q', 'p', '--last', '3'], '`--last` is only valid with `status`'],
  [['-q', 'Q', 'status', '--last', '-3'], '`--last` must be a whole number >= 0, got -3'],
  [['-q', 'Q', 'status', '--wait'], '`status` has no ack to wait for'],
  [['-q', 'Q', 'p', '--wait=soon'], '`--wait` must be a number of seconds >= 0, got soon'],
])('%j is refused in one line, and nothing is written', (words, error) => {
  const dir = join(temporaryFolder(), 'queue')
  const { code, out, err } = runtimectl(...words.map((word) => (word === 'Q' ? dir : word)))
  expect({ code, out, err }).toEqual({ code: 2, out: '', err: `runtimectl: ${error}` })
  expect(existsSync(dir)).toBe(false)
})

test('without a path it fails with its help; help and version are available as flags', () => {
  const help = runtimectl('--help')
  expect(help).toMatchObject({ code: 0, err: '' })
  expect(help.out).toContain('Differences from runtimectl 0.1.0')
  expect(runtimectl('-q', 'nowhere')).toEqual({ ...help, code: 2 })
  expect(runtimectl('-V')).toEqual({ code: 0, out: 'runtimectl 1.2.3', err: '' })
})

test('a queue that cannot be written results in a one-line error', () => {
  const dir = temporaryFolder()
  mkdirSync(join(dir, 'commands.jsonl'))
  writeFileSync(join(dir, 'file'), '')
  expect(runtimectl('-q', dir, 'p')).toEqual({
    code: 1,
    out: '',
    err: `runtimectl: cannot open \`${join(dir, 'commands.jsonl')}\` for appending: it is a directory (EISDIR)`,
  })
  const { code, err } = runtimectl('-q', join(dir, 'file', 'queue'), 'p')
  expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(/^runtimectl: [^\n]*ENOTDIR[^\n]*$/) })
})

describe('status', () => {
  test('of a missing directory is empty, and creates nothing', () => {
    const dir = join(temporaryFolder(), 'queue')
    expect(runtimectl('-q', dir, 'status')).toEqual({
      code: 0,
      err: '',
      out: `{\n  "queue_dir": "${dir}",\n  "commands": 0,\n  "acks": 0,\n  "last_acks": []\n}`,
    })
    expect(existsSync(dir)).toBe(false)
  })

  test('shows the last acks as Python does, with every number as written', () => {
    const dir = temporaryFolder()
    ask(dir, ['a', 'x'], ['b', 'x'], ['c', 'x'])
    const acks = [
      '{"id": "a", "ts": 1795303295.0, "path": "é", "op": "set", "status": "applied", "args": [1.0, [], {"k": NaN}], "kwargs": {}}',
      'no ack',
      '{"id": "b", "ts": 1795303296, "path": "x", "op": "set", "status": "failed", "error": "a \\"b\\" {c}"}',
    ]
    writeFileSync(join(dir, 'acks.jsonl'), acks.map((line) => `${line}\n`).join(''))
    expect(runtimectl('-q', dir, 'status').out).toBe(`{
  "queue_dir": "${dir}",
  "commands": 3,
  "acks": 3,
  "last_acks": [
    {
      "id": "a",
      "ts": 1795303295.0,
      "path": "é",
      "op": "set",
      "status": "applied",
      "args": [
        1.0,
        [],
        {
          "k": NaN
        }
      ],
      "kwargs": {}
    },
    {
      "id": "b",
      "ts": 1795303296,
      "path": "x",
      "op": "set",
      "status": "failed",
      "error": "a \\"b\\" {c}"
    }
  ]
}`)
    const last = (n: string): unknown => JSON.parse(runtimectl('-q', dir, 'status', '--last', n).out).last_acks
    expect(last('1')).toMatchObject([{ id: 'b' }])
    expect(last('0')).toEqual([])
  })
})

describe('list', () => {
  test('shows the registered paths, and an unknown path is queued with a warning', () => {
    const dir = temporaryFolder()
    const controls = openControls()
    controls.register('optimizer.lr', () => undefined, { description: 'the rate' })
    controls.register('save', () => undefined)
    controls.configure(dir)
    expect(runtimectl('-q', dir, 'list')).toEqual({ code: 0, err: '', out: 'optimizer.lr  the rate\nsave' })
    expect(runtimectl('-q', dir, 'optimiser.lr', '1')).toMatchObject({
      code: 0,
      err: 'runtimectl: the trainer has not registered the path `optimiser.lr`: did you mean `optimizer.lr`? The command is queued anyway',
    })
    expect(runtimectl('-q', dir, 'x').err).toBe(
      'runtimectl: the trainer has not registered the path `x`: List the known paths with `list`. The command is queued anyway',
    )
    expect(runtimectl('-q', dir, 'save').err).toBe('')
    writeFileSync(join(dir, 'registry.json'), '{')
    expect(runtimectl('-q', dir, 'save')).toMatchObject({ code: 0, err: '' })
    expect(runtimectl('-q', dir, 'list')).toMatchObject({ code: 1, err: expect.stringContaining('JSON') })
  })

  test('reports that no path was registered', () => {
    const dir = temporaryFolder()
    expect(runtimectl('-q', dir, 'list')).toEqual({
      code: 1,
      out: '',
      err: `runtimectl: no trainer has registered anything in \`${dir}\` (there is no registry.json)`,
    })
  })
})

describe('--wait', () => {
  test('reports that there was no answer in time, and leaves the command in the queue', () => {
    const dir = join(temporaryFolder(), 'queue')
    expect(runtimectl('-q', dir, 'p', '--wait', '0.05')).toMatchObject({
      code: 3,
      err: 'runtimectl: no answer within 0.05 s: the command is queued and will be applied when a trainer polls',
    })
    expect(linesOf(dir).length).toBe(1)
  })
})

describe('acks that are awaited', () => {
  const ackLine = (id: string, status: string) => `${JSON.stringify({ id, status })}\n`

  test('are found by their id among those that are written after the watch has started', () => {
    const dir = temporaryFolder()
    const path = join(dir, 'acks.jsonl')
    writeFileSync(path, ackLine('a', 'applied'))
    const watch = watchAcks(dir)
    appendFileSync(path, `${ackLine('b', 'rejected')}a is not JSON\n["a"]\n{"note": "a", "id": "x"}\n`)
    appendFileSync(path, ackLine('a', 'failed'))
    expect(watch.waitFor('a', 5)).toEqual({ text: '{"id":"a","status":"failed"}', isApplied: false })
  })

  test('may be in a file that does not exist yet', () => {
    const dir = temporaryFolder()
    const watch = watchAcks(dir)
    writeFileSync(join(dir, 'acks.jsonl'), ackLine('a', 'applied'))
    expect(watch.waitFor('a', 5)).toEqual({ text: '{"id":"a","status":"applied"}', isApplied: true })
    expect(watchAcks(dir).waitFor('a', 0)).toBeNull()
  })
})

test.each<[string[], number | null]>([
  [['p'], null],
  [['p', '--wait'], 10],
  [['--wait', 'p'], 10],
  [['p', '--wait='], 10],
  [['p', '--wait', '0'], 0],
  [['p', '--wait=2.5'], 2.5],
  [['--wait', '1e1', 'p'], 10],
  [['p', '--wait', '.5', '1'], 0.5],
])('%j waits for %j seconds', (words, wait) => {
  expect(readTyped(['-q', 'Q', ...words])).toMatchObject({ kind: 'enqueue', dir: 'Q', path: 'p', wait })
})

test.each<[string[], string]>([
  [['p', '--wait=-1'], '`--wait` must be a number of seconds >= 0, got -1'],
  [['p', '--wait=1e999'], '`--wait` must be a number of seconds >= 0, got 1e999'],
  [['p', '--wait', '-1'], '`--wait` must be a number of seconds >= 0, got -1'],
  [['list', '--wait=1'], '`list` has no ack to wait for'],
  [['status', '--last'], '`--last` needs a value'],
  [['status', '--last='], '`--last` must be a whole number >= 0, got '],
  [['status', '--last', '1e3'], '`--last` must be a whole number >= 0, got 1e3'],
  [['status', '--last', '1234567890'], '`--last` must be a whole number >= 0, got 1234567890'],
  [['p', '--kwargs'], '`--kwargs` needs a value'],
  [['p', '--kwargs', '5'], '`--kwargs` must be a JSON object such as \'{"label": "manual"}\', got 5'],
  [
    ['p', '--kwargs', '{"a": Infinity}'],
    '`--kwargs` must be a JSON object such as \'{"label": "manual"}\', got {"a": Infinity}',
  ],
  [['p', '--kwargs', '{"a": NaN}'], '`--kwargs` must be a JSON object such as \'{"label": "manual"}\', got {"a": NaN}'],
])('%j is refused: %s', (words, message) => {
  expect(() => readTyped(['-q', 'Q', ...words])).toThrow(new UsageError(message))
})

test('an unknown flag, with or without a value, is refused with a list of the known flags', () => {
  for (const [flag, shown] of [
    ['--dir', '--dir'],
    ['--dir=x', '--dir'],
    ['-x', '-x'],
    ['-x=1', '-x=1'],
    ['--toString', '--toString'],
    ['-1x', '-1x'],
  ] as const) {
    expect(() => readTyped(['-q', 'Q', 'p', flag])).toThrow(
      `unknown flag \`${shown}\`: choose from -q, --queue-dir, --kwargs,`,
    )
  }
})

test('words are arguments unless they are flags, and so is everything after `--`', () => {
  const typed = (...words: string[]) => {
    const read = readTyped(['-q', 'Q', ...words])
    return read.kind === 'enqueue' ? [read.path, read.args, read.kwargs] : read
  }
  expect(typed('p', '-1', '-.5', '+2', '-', '-1e-3')).toEqual(['p', ['-1', '"-.5"', '"+2"', '"-"', '-1e-3'], '{}'])
  expect(typed('p', '1', '--', '-q', '--help')).toEqual(['p', ['1', '"-q"', '"--help"'], '{}'])
  expect(typed('--', 'status')).toEqual(['status', [], '{}'])
  expect(typed('--', 'p', '--')).toEqual(['p', ['"--"'], '{}'])
  expect(typed('list', '--kwargs={}')).toEqual(['list', [], '{}'])
  expect(typed('status')).toEqual({ kind: 'status', dir: 'Q', last: 10 })
  expect(typed('status', '--last=3')).toEqual({ kind: 'status', dir: 'Q', last: 3 })
  expect(typed('status', '--last', '999999999')).toMatchObject({ last: 999_999_999 })
  expect(typed('list')).toEqual({ kind: 'list', dir: 'Q' })
  expect(typed()).toEqual({ kind: 'nothing' })
  expect([readTyped(['-h']), readTyped(['p', '--version']), readTyped(['--help', '-V'])]).toEqual([
    { kind: 'help' },
    { kind: 'version' },
    { kind: 'help' },
  ])
  const deep = '['.repeat(5000) + ']'.repeat(5000)
  expect(() => typed('p', deep)).toThrow(UsageError)
})
