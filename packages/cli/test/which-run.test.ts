import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { commandsOf, control, ledgerLine, stateDocument, writeRun } from './answerer.ts'
import { hotcb, temporaryDirectory } from './hotcb.ts'

/** Creates a directory with these runs below it, keyed by path. */
function directoryWith(runs: Readonly<Record<string, 'alive' | 'ended'>>): string {
  const top = temporaryDirectory()
  for (const [name, life] of Object.entries(runs)) {
    const dir = join(top, name)
    mkdirSync(dir, { recursive: true })
    writeRun(dir, {
      commands: '',
      state: stateDocument({ closed: life === 'ended' }),
      actuators: { controls: [control('lr', 'optimizer', { current: 0.1234567890123 }), control('distill', 'loss')] },
      metrics: `${JSON.stringify({ step: 400, metrics: { val_loss: 0.25 } })}\n${JSON.stringify({ step: 412, metrics: { loss: 0.5 } })}\n`,
    })
  }
  return top
}

test('without `--dir`, a command uses the only live run below the working directory and prints its path', async () => {
  const cwd = directoryWith({ 'runs/a': 'ended', 'runs/deep/b': 'alive' })
  const { code, out, err } = await hotcb(['set', 'lr=1'], { cwd })
  expect({ code, err }).toEqual({ code: 0, err: 'run runs/deep/b\n' })
  expect(out).toContain('lr = 1')
  expect(commandsOf(join(cwd, 'runs/deep/b')).map(({ params }) => params)).toEqual([{ lr: 1 }])
})

test('several live runs are listed, and none is selected', async () => {
  const cwd = directoryWith({ 'runs/a': 'alive', 'runs/b': 'alive', 'runs/c': 'ended' })
  expect(await hotcb(['set', 'lr=1'], { cwd })).toEqual({
    code: 1,
    out: '',
    err: 'hotcb: several runs are alive below this directory: `runs/a`, `runs/b`; choose one with `--dir RUN`\n',
  })
  expect(commandsOf(join(cwd, 'runs/a'))).toEqual([])
})

test('if no run is alive, a command uses the working directory', async () => {
  const cwd = directoryWith({ 'runs/a': 'ended' })
  expect(await hotcb(['set', 'lr=1'], { cwd })).toEqual({
    code: 1,
    out: '',
    err: 'hotcb: `.` is not a run directory: it contains no hotcb.* file; choose a run with `--dir RUN`\n',
  })
})

test('a run in the working directory takes precedence over one below it', async () => {
  const cwd = directoryWith({ '.': 'ended', 'runs/a': 'alive' })
  expect((await hotcb(['set', 'lr=1'], { cwd })).code).toBe(0)
  expect([commandsOf(cwd).length, commandsOf(join(cwd, 'runs/a')).length]).toEqual([1, 0])
})

test('`HOTCB_DIR` selects the run, and `--dir` and `-d` override it', async () => {
  const cwd = directoryWith({ a: 'ended', b: 'ended', c: 'alive' })
  const env = { HOTCB_DIR: join(cwd, 'a') }
  await hotcb(['set', 'lr=1'], { cwd, env })
  await hotcb(['--dir', 'b', 'set', 'lr=2'], { cwd, env })
  await hotcb(['-d', 'b', 'set', 'lr=3'], { cwd, env })
  await hotcb(['set', 'lr=4', '-d', 'b'], { cwd, env })
  const asked = ['a', 'b', 'c'].map((name) => commandsOf(join(cwd, name)).map(({ params }) => params?.['lr']))
  expect(asked).toEqual([[1], [2, 3, 4], []])
})

test('`init` creates a run in the working directory, whatever runs are below', async () => {
  const cwd = directoryWith({ 'runs/a': 'alive' })
  expect((await hotcb(['init', '--json'], { cwd })).out).toContain('"run_dir":"."')
})

test('`runs` lists state, step and key metric of the runs below', async () => {
  const cwd = directoryWith({ 'runs/a': 'ended', 'runs/b': 'alive' })
  mkdirSync(join(cwd, 'fresh'))
  writeRun(join(cwd, 'fresh'), { commands: '' })
  expect(await hotcb(['runs'], { cwd })).toEqual({
    code: 0,
    out: 'fresh   new\nruns/a  ended  step 412  val_loss 0.25\nruns/b  alive  step 412  val_loss 0.25\n',
    err: '',
  })
  const { runs } = JSON.parse((await hotcb(['-d', join(cwd, 'runs'), 'runs', '--json'])).out)
  expect(runs).toEqual([
    {
      run_dir: join(cwd, 'runs/a'),
      state: 'ended',
      step: 412,
      max_steps: null,
      metric: { name: 'val_loss', value: 0.25 },
    },
    {
      run_dir: join(cwd, 'runs/b'),
      state: 'alive',
      step: 412,
      max_steps: null,
      metric: { name: 'val_loss', value: 0.25 },
    },
  ])
})

test('`get` prints one exact value of a control or a metric', async () => {
  const dir = join(directoryWith({ a: 'alive' }), 'a')
  const get = async (...words: string[]): Promise<string> => (await hotcb(['-d', dir, 'get', ...words])).out
  expect(await get('lr')).toBe('0.1234567890123\n')
  expect(await get('distill_w')).toBe('0.1\n')
  expect(await get('loss')).toBe('0.5\n')
  expect(JSON.parse(await get('val_loss', '--json'))).toEqual({
    key: 'val_loss',
    kind: 'metric',
    value: 0.25,
    step: 400,
  })
})

test('`checkpoint list` lists the checkpoints, and `checkpoint save` still saves one', async () => {
  const dir = join(directoryWith({ a: 'ended' }), 'a')
  expect((await hotcb(['-d', dir, 'checkpoint', 'list'])).out).toBe('no checkpoints\n')
  const folder = join(dir, 'hotcb.checkpoints', 'best')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'meta.json'), JSON.stringify({ step: 7, seq: 3, by: { source: 'cli', author: 'ann' } }))
  expect((await hotcb(['-d', dir, 'checkpoint', 'list'])).out).toBe('best  step 7  ann\n')
  expect(JSON.parse((await hotcb(['checkpoint', '-d', dir, 'list', '--json'])).out)).toEqual({
    checkpoints: [{ tag: 'best', step: 7, seq: 3, by: { source: 'cli', author: 'ann' } }],
  })
  await hotcb(['-d', dir, 'checkpoint', '--note', 'list'])
  await hotcb(['-d', dir, 'checkpoint', 'save', 'list'])
  expect(commandsOf(dir).map(({ params }) => params)).toEqual([{ action: 'save' }, { action: 'save', tag: 'list' }])
})

test('`undo` is an alias of `revert`', async () => {
  const dir = join(directoryWith({ a: 'ended' }), 'a')
  await hotcb(['-d', dir, 'undo', '7'])
  expect(commandsOf(dir)).toMatchObject([{ module: 'core', op: 'revert', params: { seq: 7 } }])
})

test('`--wait 5` waits 5 s, and `-n1` is accepted as `-n 1`', async () => {
  const dir = join(directoryWith({ a: 'ended' }), 'a')
  const wait = await hotcb(['-d', dir, 'set', 'lr=1', '--wait', '5'])
  expect({ code: wait.code, out: wait.out }).toEqual({ code: 3, out: '' })
  expect(commandsOf(dir).map(({ params }) => params)).toEqual([{ lr: 1 }])
  for (const seq of [1, 2]) appendFileSync(join(dir, 'hotcb.applied.jsonl'), `${JSON.stringify(ledgerLine({ seq }))}\n`)
  const { out } = await hotcb(['-d', dir, 'log', '-n1', '--json'])
  expect(
    out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).seq),
  ).toEqual([2])
})

test('completion offers `checkpoint` as one word, and then `list`', async () => {
  const words = async (...typed: string[]): Promise<string[]> =>
    (await hotcb(['__complete', '--', ...typed])).out.split('\n').map((line) => line.split('\t')[0] ?? '')
  expect((await words('check')).filter((word) => word !== '')).toEqual(['checkpoint'])
  expect(await words('checkpoint', '')).toEqual(expect.arrayContaining(['save', 'load', 'list']))
})
