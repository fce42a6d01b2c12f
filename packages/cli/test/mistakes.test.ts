import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { commandsOf, control, stateDocument, writeRun } from './answerer.ts'
import { hotcb, temporaryDirectory } from './hotcb.ts'

const NO_RUN = '`.` is not a run directory: it contains no hotcb.* file; choose a run with `--dir RUN`'
const EITHER = (number: number): string =>
  `\`--wait ${number}\` is ambiguous: \`--wait=${number}\`, or ${number} before \`--wait\``

/** A directory with `runs/demo-001`, an ended run, and `runs/my run`, another. */
function directory(): string {
  const cwd = temporaryDirectory()
  for (const name of ['runs/demo-001', 'runs/my run']) {
    mkdirSync(join(cwd, name), { recursive: true })
    writeRun(join(cwd, name), {
      commands: '',
      state: stateDocument({ closed: true }),
      actuators: { controls: [control('lr'), control('distill', 'loss')] },
      metrics: '{"step":1,"metrics":{"loss":0.5}}\n',
    })
  }
  return cwd
}

describe('a mistake is answered in one line, and nothing is written', () => {
  test.each<[typed: string[], code: number, message: string]>([
    // The run.
    [['status'], 1, NO_RUN],
    [['undo'], 1, NO_RUN],
    [['get', 'lr'], 1, NO_RUN],
    [['checkpoint', 'list'], 1, NO_RUN],
    [['-d', 'runs/demo-01', 'status'], 1, 'the directory `runs/demo-01` does not exist; did you mean `runs/demo-001`?'],
    [
      ['-d', 'run/demo-001', 'set', 'lr=1'],
      1,
      'the directory `run/demo-001` does not exist; did you mean `runs/demo-001`?',
    ],
    [['-d', 'demo-001', 'log'], 1, 'the directory `demo-001` does not exist; did you mean `runs/demo-001`?'],
    [['-d', 'runs/myrun', 'log'], 1, 'the directory `runs/myrun` does not exist; did you mean `runs/my run`?'],
    [
      ['-d', 'new/the first', 'set', 'lr=1'],
      1,
      "the directory `new/the first` does not exist; `hotcb --dir 'new/the first' init` creates it",
    ],
    [
      ['-d', 'runs', 'status'],
      1,
      '`runs` is not a run directory: it contains no hotcb.* file; `hotcb --dir runs init` turns it into one',
    ],
    [['-d', '', 'status'], 2, '`--dir` is empty: it must be a run directory'],
    [['status', '-d'], 2, '`--dir` needs a value: RUN'],
    [['status', '-d', 'a', '--dir', 'b'], 2, '`--dir` is given twice: "a" and "b"'],
    [['-d', 'nowhere', 'runs'], 1, 'the directory `nowhere` does not exist'],
    [['runs', 'here'], 2, 'unexpected argument "here"'],
    // Flags before the command.
    [['--dri', 'runs/demo-001', 'status'], 2, 'unknown flag `--dri` before the command: did you mean `--dir`?'],
    [['--dirr', 'runs/demo-001', 'set', 'lr=1'], 2, 'unknown flag `--dirr` before the command: did you mean `--dir`?'],
    [
      ['--note', 'why', 'set', 'lr=1'],
      2,
      'unknown flag `--note` before the command: flags of a command come after its name',
    ],
    [
      ['--wait', '5', 'set', 'lr=1'],
      2,
      'unknown flag `--wait` before the command: flags of a command come after its name',
    ],
    [['-n', '5', 'log'], 2, 'unknown flag `-n` before the command: flags of a command come after its name'],
    [['--jsno', 'status'], 2, 'unknown flag `--jsno`: did you mean `--json`?'],
    // Numbers after flags.
    [['revert', '--wait', '5'], 2, EITHER(5)],
    [['undo', '--wait', '7'], 2, EITHER(7)],
    [['ctl', 'call', 'f', '--wait', '5'], 2, EITHER(5)],
    [['checkpoint', 'save', '--wait', '5'], 2, EITHER(5)],
    [['pause', '--wait', '-5'], 2, '`--wait` must be a number > 0, got "-5"'],
    [['log', '-nmany'], 2, '`--last` must be a whole number >= 0, got "many"'],
    [['log', '-n1', '-n2'], 2, '`--last` is given twice: "1" and "2"'],
    // Words.
    [['stats'], 2, 'unknown command "stats": did you mean `hotcb status`?'],
    [['udno'], 2, 'unknown command "udno": did you mean `hotcb undo`?'],
    [['undo', 'soon'], 2, '`SEQ` must be a whole number >= 0, got "soon"'],
    [['get'], 2, 'KEY is missing: A control or, if no control has this name, a metric.'],
    [['get', 'lr', 'distill'], 2, 'unexpected argument "distill"'],
    [['-d', 'runs/demo-001', 'get', 'lrr'], 1, '`lrr` is not a control or metric of this run: did you mean `lr`?'],
    [['-d', 'runs/demo-001', 'get', 'lss'], 1, '`lss` is not a control or metric of this run: did you mean `loss`?'],
    [
      ['-d', 'runs/demo-001', 'get', 'momentum'],
      1,
      '`momentum` is not a control or metric of this run: choose from lr, distill, loss',
    ],
    [
      ['-d', 'runs/demo-001', 'checkpoint', 'lsit'],
      2,
      '`checkpoint` accepts save, load, drop and branch, got "lsit"; TAG comes after it: `checkpoint save lsit`',
    ],
    [
      ['-d', 'runs/demo-001', 'checkpoint', 'lod', 'best'],
      2,
      '`checkpoint` accepts save, load, drop and branch, got "lod"; did you mean `checkpoint load`?',
    ],
    [
      ['demo', '-d', 'runs/demo-01', '--continue'],
      1,
      'the directory `runs/demo-01` does not exist; did you mean `runs/demo-001`?',
    ],
  ])('hotcb %j', async (typed, code, message) => {
    const cwd = directory()
    expect(await hotcb(typed, { cwd })).toEqual({ code, out: '', err: `hotcb: ${message}\n` })
    expect(commandsOf(join(cwd, 'runs/demo-001'))).toEqual([])
    expect(existsSync(join(cwd, 'hotcb.commands.jsonl'))).toBe(false)
  })
})
