import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openRunDirectory } from '@hotcb/run/node'
import { expect, test, vi } from 'vitest'
import type { LaunchOptions } from '../src/index.ts'
import type { LaunchPorts } from '../src/node/ports.ts'
import { launch, readProcess } from '../src/node.ts'
import { allKept, deliverSignals } from './keeper-here.ts'
import { ledger, linesOf, log, report, temporaryDirectory, training, until } from './live-run.ts'

vi.mock('../src/node/start-keeper.ts', async () => ({ startKeeper: (await import('./keeper-here.ts')).startKeeper }))

const ENV = 'env | grep -E "^(HOTCB_(CONFIG|MAX_STEPS|RESUME|RUN_DIR|SEED|STEP_DELAY)|PYTHONUNBUFFERED)=" | sort'
const TRAININGS = {
  simple: training(ENV, { keyMetric: 'val_loss' }),
  multitask: training(ENV, { writesRun: true }),
  fails: training('echo "no data"; exit 3'),
  waits: training('echo up; exec sleep 600'),
  missing: { ...training(''), argv: ['no-such-program'] },
}

function start(options: LaunchOptions, ports: Partial<LaunchPorts> = {}) {
  return launch(options, { trainings: TRAININGS, cwd: temporaryDirectory(), ...ports })
}

const json = (dir: string, file: string) => JSON.parse(readFileSync(join(dir, file), 'utf8'))

test('a program gets its directory, seed and limits in its environment, and its output is kept', async () => {
  const cwd = temporaryDirectory()
  const handle = await start({ config: 'simple', seed: 7, maxSteps: 5, stepDelaySeconds: 0.5 }, { cwd })
  const end = await handle.wait()
  const dir = join(cwd, 'runs/simple-001')
  expect(handle.runDir).toBe(dir)
  expect(end.output.trim().split('\n')).toEqual([
    'HOTCB_CONFIG=simple',
    'HOTCB_MAX_STEPS=5',
    'HOTCB_RESUME=0',
    `HOTCB_RUN_DIR=${dir}`,
    'HOTCB_SEED=7',
    'HOTCB_STEP_DELAY=0.5',
    'PYTHONUNBUFFERED=1',
  ])
  expect(end).toMatchObject({ runDir: dir, exitCode: 0, signal: null, asked: null, stoppedEarly: false, step: null })
  expect([handle.isRunning, handle.pid]).toEqual([false, null])
})

test('any program can be launched, and gets only the limits that were given', async () => {
  const handle = await start({ command: ['sh', '-c', ENV], seed: 0 })
  const names = (await handle.wait()).output
    .trim()
    .split('\n')
    .map((line) => line.split('=')[0])
  expect(names).toEqual(['HOTCB_CONFIG', 'HOTCB_RESUME', 'HOTCB_RUN_DIR', 'HOTCB_SEED', 'PYTHONUNBUFFERED'])
})

test('the launcher writes the run document, and completes it at the end', async () => {
  const cwd = temporaryDirectory()
  const handle = await start({ config: 'simple', seed: 7, runDir: 'mine', maxTimeSeconds: 50 }, { cwd })
  await handle.wait()
  await allKept()
  const document = json(join(cwd, 'mine'), 'hotcb.run.json')
  expect(document).toMatchObject({
    run_id: 'mine',
    run_dir: join(cwd, 'mine'),
    config: 'simple',
    seed: 7,
    max_steps: 500,
    max_time: 50,
    step_delay: 0.15,
    key_metric: 'val_loss',
    stopped_early: false,
    exit_code: 0,
    origin: { command: ['sh', '-c', ENV], cwd },
  })
  expect(Date.parse(document.completed_at)).toBeGreaterThanOrEqual(Date.parse(document.started_at))
})

test('the launcher does not write the document of a training that writes its own, and records the default example by name', async () => {
  const cwd = temporaryDirectory()
  const handle = await start({ runDir: 'mine', seed: 3 }, { cwd, source: 'cli', author: 'ada' })
  await handle.wait()
  await allKept()
  const dir = join(cwd, 'mine')
  expect(existsSync(join(dir, 'hotcb.run.json'))).toBe(false)
  expect(readProcess(openRunDirectory(dir))).toMatchObject({ options: { config: 'multitask', seed: 3 }, seed: 3, cwd })
  const options = { config: 'multitask', seed: 3 }
  expect(linesOf(dir, 'launch').find(({ kind }) => kind === 'launch')).toMatchObject({
    data: { options, seed: 3, cwd, by: { source: 'cli', author: 'ada' } },
  })
})

test('without a seed, a random one is drawn and recorded with the run', async () => {
  const cwd = temporaryDirectory()
  const seeds: number[] = []
  for (const runDir of ['a', 'b']) {
    await (await start({ config: 'simple', runDir }, { cwd })).wait()
    const { seed } = readProcess(openRunDirectory(join(cwd, runDir)))
    expect(json(join(cwd, runDir), 'hotcb.run.json').seed).toBe(seed)
    seeds.push(seed ?? -1)
  }
  expect(seeds.every((seed) => Number.isSafeInteger(seed) && seed >= 0 && seed < 2 ** 32)).toBe(true)
  expect(seeds[0]).not.toBe(seeds[1])
})

test('a training run that fails ends with its exit code and its last output', async () => {
  const handle = await start({ config: 'fails' })
  const end = await handle.wait()
  expect(end).toMatchObject({ exitCode: 3, stoppedEarly: true, output: 'no data\n' })
  await allKept()
  expect(json(handle.runDir, 'hotcb.run.json')).toMatchObject({ stopped_early: true, exit_code: 3 })
})

test('a program that cannot be started leaves no directory, except one that existed before', async () => {
  const cwd = temporaryDirectory()
  mkdirSync(join(cwd, 'given'))
  for (const runDir of ['given', 'new', undefined]) {
    await expect(start({ config: 'missing', ...(runDir && { runDir }) }, { cwd })).rejects.toMatchObject({
      name: 'LaunchError',
      code: 'not-started',
      message: 'the program `no-such-program` was not found, or the working directory was removed',
    })
  }
  expect(readdirSync(cwd).sort()).toEqual(['given', 'runs'])
  expect(readdirSync(join(cwd, 'runs'))).toEqual([])
})

test('the handle shows a training run while it is running, and can end it', async () => {
  deliverSignals()
  const handle = await start({ config: 'waits', stopSeconds: 5 })
  expect(handle).toMatchObject({ isRunning: true, url: null, autopilot: 'off', keyMetric: null })
  expect(readProcess(openRunDirectory(handle.runDir)).trainer?.pid).toBe(handle.pid)
  const end = await handle.stop()
  expect(end).toMatchObject({ exitCode: null, signal: 'SIGTERM', asked: 'interrupted', stoppedEarly: true })
  expect(await handle.stop()).toEqual(end)
})

test('files and commands from the options are in the run directory before the program starts', async () => {
  const cwd = temporaryDirectory()
  writeFileSync(join(cwd, 'notify.yaml'), 'rules: []\n')
  const script = 'cat hotcb.commands.jsonl hotcb.notify.yaml hotcb.autopilot-lessons.* 2>/dev/null; true'
  const trainings = { simple: training(`cd "$HOTCB_RUN_DIR"; ${script}`) }
  const ports = { cwd, trainings, source: 'cli', author: 'ada' }
  const handle = await start({ config: 'simple', notify: 'notify.yaml', tune: 'observe' }, ports)
  const { output } = await handle.wait()
  expect(JSON.parse(output.split('\n')[0] ?? '')).toMatchObject({
    ...{ module: 'tune', op: 'enable', id: 'main', params: { mode: 'observe' }, source: 'cli', author: 'ada' },
  })
  expect(output).toContain('rules: []\n')
})

test('events begin with the earlier notes, and end with the training', async () => {
  const notes: string[] = []
  const ports = {
    note: (text: string) => void notes.push(text),
    startDashboard: async () => {
      throw new Error('the port is taken')
    },
  }
  const handle = await start({ config: 'simple' }, ports)
  const kinds: string[] = []
  for await (const event of handle.events()) kinds.push(event.kind === 'note' ? event.text : event.kind)
  const note = 'the dashboard could not be started; the training continues without it: the port is taken'
  expect(kinds).toEqual([note, 'ended'])
  expect(notes).toEqual([note])
})

test("the keeper's notes, ledger lines and the newest metrics become events", async () => {
  const script = 'while [ ! -e "$HOTCB_RUN_DIR/done" ]; do sleep 0.05; done'
  const handle = await start({ config: 'simple' }, { trainings: { simple: training(script) } })
  const events = []
  const reading = handle.events()
  log(handle.runDir, { kind: 'note', data: { text: 'no step for 60 s' } })
  ledger(handle.runDir, { op: 'pause', cid: 'c1' })
  report(handle.runDir, 0, { loss: 3 })
  report(handle.runDir, 1, { loss: 2, 'sys/cpu': 1 })
  writeFileSync(join(handle.runDir, 'done'), '')
  for await (const event of reading) events.push(event)
  expect(events).toContainEqual({ kind: 'note', text: 'no step for 60 s' })
  expect(events.find(({ kind }) => kind === 'change')).toMatchObject({ line: { op: 'pause', cid: 'c1' } })
  expect(events).toContainEqual({ kind: 'step', step: 1, metrics: { loss: 2, 'sys/cpu': 1 } })
  expect(handle.latest()).toEqual({ loss: 2 })
  expect(handle.metrics().map(({ step }) => step)).toEqual([0, 1])
  expect(handle.metrics(1).map(({ step }) => step)).toEqual([1])
  expect(handle.history('loss')).toEqual([
    { step: 0, value: 3 },
    { step: 1, value: 2 },
  ])
  expect(handle.history('sys/cpu', 5)).toEqual([{ step: 1, value: 1 }])
  expect(handle.history('other')).toEqual([])
  expect(events.at(-1)).toMatchObject({ kind: 'ended', end: { metrics: { loss: 2 } } })
})

test('closing the handle does not stop the training, but ends the events', async () => {
  deliverSignals()
  const closed: string[] = []
  const startDashboard = async ({ dir }: { readonly dir: string }) => ({
    address: `http://x/${dir}`,
    notes: ['open the page'],
    close: async () => void closed.push('dashboard'),
  })
  const notes: string[] = []
  const handle = await start(
    { config: 'waits', host: '::1', port: 9 },
    {
      startDashboard,
      startNotifier: () => ({ close: async () => void closed.push('notifier') }),
      note: (text) => void notes.push(text),
    },
  )
  expect([handle.url, notes]).toEqual([`http://x/${handle.runDir}`, ['open the page']])
  await handle.close()
  await handle.close()
  expect(closed.sort()).toEqual(['dashboard', 'notifier'])
  for await (const event of handle.events()) expect(event.kind).toBe('note')
  const { pid } = readProcess(openRunDirectory(handle.runDir)).trainer ?? {}
  expect(process.kill(pid ?? 0, 0)).toBe(true)
  process.emit('SIGTERM', 'SIGTERM')
  await allKept()
  await until(() => readProcess(openRunDirectory(handle.runDir)).ended !== null)
})
