import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openControls } from '../src/node.ts'
import { runRuntimectl } from '../src/program.ts'
import { ended, runProgram, start, usePrograms } from './program.ts'
import { ask, temporaryFolder, write } from './queue.ts'

usePrograms('runtimectl', 'trainer')

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

  test('the directory can be given in four ways, before and after', () => {
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

  test('is on its own line, whatever precedes it', () => {
    const dir = temporaryFolder()
    write(dir, '{"id": "torn')
    const { out } = runtimectl('-q', dir, 'p')
    expect(linesOf(dir)).toEqual(['{"id": "torn', out])
  })
})

test.each<[string[], string]>([
  [['p'], '`-q DIR` is missing: the directory of the queue'],
  [['-q', '', 'p'], '`-q` is empty: the directory of the queue expected'],
  [['-q'], '`-q` needs a value'],
  [['-q', 'Q', ''], 'the path is empty: a registered path expected'],
  [['-q', 'Q', 'p', '--kwargs', '[1]'], '`--kwargs` must be a JSON object such as \'{"label": "manual"}\', got [1]'],
  [['-q', 'Q', 'p', '--kwargs', '{a}'], '`--kwargs` must be a JSON object such as \'{"label": "manual"}\', got {a}'],
  [
    ['-q', 'Q', 'p', '-x'],
    'unknown flag `-x`: -q, --queue-dir, --kwargs, --last, --wait, -h, --help, -V, --version are known; put a word that begins with `-` after `--`',
  ],
  [['-q', 'Q', 'p', '--last', '3'], '`--last` belongs to `status`'],
  [['-q', 'Q', 'status', '--last', '-3'], '`--last` must be a whole number >= 0, got -3'],
  [['-q', 'Q', 'status', '--wait'], '`status` has no ack to wait for'],
  [['-q', 'Q', 'p', '--wait=soon'], '`--wait` must be seconds >= 0, got soon'],
])('%j is refused in one line, and nothing is written', (words, error) => {
  const dir = join(temporaryFolder(), 'queue')
  const { code, out, err } = runtimectl(...words.map((word) => (word === 'Q' ? dir : word)))
  expect({ code, out, err }).toEqual({ code: 2, out: '', err: `runtimectl: ${error}` })
  expect(existsSync(dir)).toBe(false)
})

test('without a path it fails with its help; help and version are available as flags', () => {
  const help = runtimectl('--help')
  expect(help).toMatchObject({ code: 0, err: '' })
  expect(help.out).toContain('Other than runtimectl 0.1.0')
  expect(runtimectl('-q', 'nowhere')).toEqual({ ...help, code: 2 })
  expect(runtimectl('-V')).toEqual({ code: 0, out: 'runtimectl 1.2.3', err: '' })
})

test('a queue that cannot be written gives a one-line error', () => {
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

  test('shows the last acks like Python, with every number as written', () => {
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
      err: 'runtimectl: the trainer knows no path `optimiser.lr`: did you mean `optimizer.lr`? It is queued anyway',
    })
    expect(runtimectl('-q', dir, 'x').err).toBe(
      'runtimectl: the trainer knows no path `x`: `list` shows those it knows. It is queued anyway',
    )
    expect(runtimectl('-q', dir, 'save').err).toBe('')
    writeFileSync(join(dir, 'registry.json'), '{')
    expect(runtimectl('-q', dir, 'save')).toMatchObject({ code: 0, err: '' })
    expect(runtimectl('-q', dir, 'list')).toMatchObject({ code: 1, err: expect.stringContaining('JSON') })
  })

  test('reports that nothing was registered', () => {
    const dir = temporaryFolder()
    expect(runtimectl('-q', dir, 'list')).toEqual({
      code: 1,
      out: '',
      err: `runtimectl: no trainer has registered anything in \`${dir}\` (there is no registry.json)`,
    })
  })
})

describe('--wait', () => {
  test('prints the ack of a real trainer, and returns the outcome as its exit code', async () => {
    const dir = temporaryFolder()
    const queue = join(dir, 'queue')
    const trainer = start('trainer', [queue, join(dir, 'checkpoint.json')])
    const over = ended(trainer)
    const applied = await runProgram('runtimectl', ['-q', queue, 'add', '1.0', '--wait', '20'])
    const [line = '', ack = ''] = applied.out.split('\n')
    expect(applied).toMatchObject({ code: 0, err: '' })
    expect(JSON.parse(ack)).toMatchObject({ id: JSON.parse(line).id, status: 'applied', args: [1] })
    expect(await runProgram('runtimectl', ['-q', queue, 'add', 'x', '--wait=20'])).toMatchObject({
      code: 1,
      out: expect.stringContaining('"status": "failed", "error": "a number expected, got \\"x\\""'),
    })
    expect(await runProgram('runtimectl', ['-q', queue, '--wait', 'nope'])).toMatchObject({
      code: 1,
      out: expect.stringContaining('"status": "rejected", "error": "unknown path: nope"'),
    })
    expect((await runProgram('runtimectl', ['-q', queue, 'stop', '--wait'])).code).toBe(0)
    expect((await over).code).toBe(0)
  })

  test('reports when there is no answer in time; the command stays queued', () => {
    const dir = join(temporaryFolder(), 'queue')
    expect(runtimectl('-q', dir, 'p', '--wait', '0.05')).toMatchObject({
      code: 3,
      err: 'runtimectl: no answer within 0.05 s: the command is queued, and is applied when a trainer polls',
    })
    expect(linesOf(dir).length).toBe(1)
  })
})

test('the published program is a bin of `hotcb`', () => {
  // Tests of a package need no build: the guides and examples of `test/` run the published program.
  const app = new URL('../../../apps/cli/', import.meta.url)
  const { bin } = JSON.parse(readFileSync(new URL('package.json', app), 'utf8'))
  expect(Object.keys(bin)).toContain('runtimectl')
  expect(readFileSync(new URL(bin.runtimectl, app), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
})
