import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { SweepError } from '@hotcb/sweep/node'
import { expect, onTestFinished, test } from 'vitest'
import { hotcbProgram, ownProgram, readSweepWords, tellSweepError, typedName } from '../../src/commands/sweep/place.ts'
import type { CliContext } from '../../src/context.ts'
import { runHere } from '../here.ts'
import { MARKS, markedTerminal } from '../marked-terminal.ts'
import { temporaryDirectory } from '../surroundings.ts'
import { linesOf } from '../transcript.ts'

const CONTEXT = { dir: 'runs/a', dirGiven: false }

test('the words of a sweep command are its workspace, a trial and pins, in any order', () => {
  const dir = temporaryDirectory()
  mkdirSync(join(dir, '7'))
  mkdirSync(join(dir, 'x=1'))
  const read = (words: readonly string[], options: Parameters<typeof readSweepWords>[1] = {}, context = CONTEXT) =>
    readSweepWords(words, options, context)
  const none = { workspace: '.', index: undefined, pins: [] }
  expect(read([])).toEqual(none)
  expect(read([], {}, { ...CONTEXT, dirGiven: true })).toEqual({ ...none, workspace: 'runs/a' })
  expect(read([dir, '3'], { takesIndex: true })).toEqual({ ...none, workspace: dir, index: 3 })
  expect(read(['3', dir], { takesIndex: true })).toEqual({ ...none, workspace: dir, index: 3 })
  expect(read(['3', '4'], { takesIndex: true })).toEqual({ ...none, workspace: '4', index: 3 })
  expect(read(['3'])).toEqual({ ...none, workspace: '3' })
  expect(read(['a3'], { takesIndex: true })).toEqual({ ...none, workspace: 'a3' })
  expect(read(['3a'], { takesIndex: true })).toEqual({ ...none, workspace: '3a' })
  expect(read([join(dir, '7')], { takesIndex: true })).toEqual({ ...none, workspace: join(dir, '7') })
  expect(read(['y=2', dir], { pin: 'x=1,z=3' })).toEqual({ ...none, workspace: dir, pins: ['x=1', 'z=3', 'y=2'] })
  expect(read([join(dir, 'x=1')], { pin: 'x=1' })).toEqual({ ...none, workspace: join(dir, 'x=1'), pins: ['x=1'] })
  expect(read(['y=2'])).toEqual({ ...none, workspace: 'y=2' })
  expect(() => read(['a', 'b'])).toThrow('unexpected argument "b"')
})

test('a sweep error is printed line by line, and as one document with `--json`', () => {
  const terminal = markedTerminal()
  const context = (json: boolean): CliContext => ({ terminal, json }) as unknown as CliContext
  expect(tellSweepError(new SweepError('refused', ['one', 'two']), context(false))).toBe(1)
  expect(tellSweepError(new SweepError('unanswered', 'three'), context(false))).toBe(3)
  expect(terminal.printed.err).toBe(['one', 'two', 'three'].map((line) => `<red>Error:</red> ${line}\n`).join(''))
  const detailsOf = (error: SweepError): unknown => {
    try {
      return tellSweepError(error, context(true))
    } catch (thrown) {
      const { message, details } = thrown as { readonly message: string; readonly details: object }
      return [message, details]
    }
  }
  expect(detailsOf(new SweepError('refused', 'one'))).toEqual(['one', {}])
  expect(detailsOf(new SweepError('unanswered', ['one', 'two']))).toEqual([
    'one',
    { kind: 'unanswered', problems: ['one', 'two'] },
  ])
  const other = new Error('other')
  expect(() => tellSweepError(other, context(false))).toThrow(other)
})

test('messages use the name under which the program was called', () => {
  const { argv, execArgv } = process
  onTestFinished(() => {
    process.argv = argv
    process.execArgv = execArgv
  })
  process.execArgv = ['--flag']
  process.argv = ['/bin/node', '/x/hotcb.cjs']
  expect([typedName(), ownProgram('drive'), hotcbProgram()]).toEqual([
    'hotcb sweep',
    ['/bin/node', '--flag', '/x/hotcb.cjs', 'sweep', 'drive'],
    ['/bin/node', '--flag', '/x/hotcb.cjs'],
  ])
  process.argv = ['/bin/node', '/x/herd.cjs']
  expect([typedName(), ownProgram('drive', '--once'), hotcbProgram()]).toEqual([
    'herd',
    ['/bin/node', '--flag', '/x/herd.cjs', 'drive', '--once'],
    ['/bin/node', '--flag', '/x/hotcb.cjs'],
  ])
  process.argv = []
  expect([typedName(), ownProgram('drive')]).toEqual([
    'hotcb sweep',
    [process.execPath, '--flag', '', 'sweep', 'drive'],
  ])
})

test('init writes a config and a launcher, and prints the next commands', async () => {
  const dir = join(temporaryDirectory(), 'a b')
  const init = async (...words: readonly string[]) => {
    const { code, out, err } = await runHere(['sweep', 'init', dir, ...words], { program: 'herd', terminal: MARKS })
    return [code, ...linesOf(`${out}${err}`.replaceAll(dir, 'DIR'))]
  }
  expect([
    await init(),
    await init(),
    await init('--force', '--json'),
    await init('--config', '/no/such.yaml', '-f'),
  ]).toMatchInlineSnapshot(`
    [
      [
        0,
        "<green>Created</green> DIR/hyperherd.yaml",
        "<green>Created</green> DIR/launch.sh",
        "Next: list the trials with \`herd ls 'DIR'\`, and run them with \`herd run 'DIR' --watch\`",
      ],
      [
        1,
        "<red>Error:</red> \`DIR/hyperherd.yaml\` already exists; use \`--force\` to replace it",
      ],
      [
        0,
        "{"created":["DIR/hyperherd.yaml","DIR/launch.sh"]}",
      ],
      [
        1,
        "<red>Error:</red> cannot copy \`/no/such.yaml\`: no such file",
      ],
    ]
  `)
  const wandb = join(dir, 'w.yaml')
  expect([
    await init('--from', wandb, '-f'),
    await init('--from', 'lr=0.1,0.01', '-f'),
    await init('--example', 'digits', '-f', '--launcher', wandb),
  ]).toMatchInlineSnapshot(`
    [
      [
        1,
        "<red>Error:</red> \`DIR/w.yaml\` is neither an existing file nor a Hydra override such as lr=0.1,0.01",
      ],
      [
        0,
        "<green>Created</green> DIR/hyperherd.yaml",
        "<green>Created</green> DIR/launch.sh",
        "Next: list the trials with \`herd ls 'DIR'\`, and run them with \`herd run 'DIR' --watch\`",
      ],
      [
        1,
        "<red>Error:</red> cannot copy \`DIR/w.yaml\`: no such file",
      ],
    ]
  `)
  const { code, err } = await runHere(['sweep', 'status', join(dir, 'no')])
  expect([code, err.replaceAll(dir, 'DIR')]).toEqual([1, 'hotcb: `DIR/no` does not exist\n'])
})
