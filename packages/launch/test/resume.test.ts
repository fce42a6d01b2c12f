import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonObject } from '@hotcb/protocol'
import { openRunDirectory } from '@hotcb/run/node'
import { describe, expect, test, vi } from 'vitest'
import type { LaunchOptions } from '../src/index.ts'
import type { LaunchPorts } from '../src/node/ports.ts'
import { launch, readProcess } from '../src/node.ts'
import { allKept, deliverSignals } from './keeper-here.ts'
import { LR, ledger, linesOf, log, temporaryDirectory, training, writeControls, writeState } from './live-run.ts'

vi.mock('../src/node/start-keeper.ts', async () => ({ startKeeper: (await import('./keeper-here.ts')).startKeeper }))

const WAITS = 'while [ ! -e "$HOTCB_RUN_DIR/done" ]; do sleep 0.05; done'
const TRAININGS = {
  simple: training('echo "resume=$HOTCB_RESUME seed=$HOTCB_SEED steps=$HOTCB_MAX_STEPS rest=$HOTCB_STEP_DELAY"'),
  own: training('true', { writesRun: true }),
  waits: training(WAITS),
}

function start(options: LaunchOptions, cwd: string, ports: Partial<LaunchPorts> = {}) {
  return launch(options, { trainings: TRAININGS, cwd, ...ports })
}

/** Creates a run `first` that has ended according to its log. */
function ended(options: JsonObject = {}): { readonly cwd: string; readonly dir: string } {
  const cwd = temporaryDirectory()
  const dir = join(cwd, 'first')
  mkdirSync(dir)
  log(
    dir,
    { kind: 'launch', ts: 1, data: { options: { config: 'simple', seed: 7, ...options }, seed: 7, cwd } },
    { kind: 'started', ts: 2, data: { pid: 4_000_000, start: null, host: null } },
    { kind: 'ended', ts: 3, data: { exit_code: 0, signal: null, asked: null, leftovers: false } },
  )
  const written = { run_id: 'first', config: 'simple', max_steps: 500, seed: 7, started_at: '2026-01-01T00:00:00.000Z' }
  writeFileSync(join(dir, 'hotcb.run.json'), JSON.stringify(written))
  writeFileSync(join(dir, 'hotcb.out'), 'before\n')
  return { cwd, dir }
}

const document = (dir: string) => JSON.parse(readFileSync(join(dir, 'hotcb.run.json'), 'utf8'))

/** Adds a checkpoint and the run's controls. */
function saved(dir: string, tag: string, step: number): void {
  const folder = join(dir, 'hotcb.checkpoints', tag)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'meta.json'), JSON.stringify({ step, seq: 5 }))
  writeControls(dir, [LR])
  writeState(dir, { closed: true })
}

describe('a run that has ended', () => {
  test('continues with its own seed and options, except those that are given', async () => {
    const { cwd, dir } = ended({ max_steps: 20, step_delay: 0.5 })
    const handle = await start({ resume: 'first', maxSteps: 40 }, cwd, { source: 'cli' })
    expect(handle.runDir).toBe(dir)
    expect((await handle.wait()).output).toBe('before\nresume=1 seed=7 steps=40 rest=0.5\n')
    const { starts, options, seed } = readProcess(openRunDirectory(dir))
    expect({ starts, options, seed }).toEqual({
      starts: 2,
      options: { config: 'simple', seed: 7, maxSteps: 40, stepDelaySeconds: 0.5 },
      seed: 7,
    })
    expect(linesOf(dir, 'launch').filter(({ kind }) => kind === 'launch')).toMatchObject([
      { data: { seed: 7 } },
      { data: { by: { source: 'cli', author: null } } },
    ])
  })

  test('accepts an option for new runs if its value is the same as before', async () => {
    const { cwd } = ended()
    await (await start({ resume: 'first', config: 'simple', seed: 7 }, cwd)).wait()
  })

  test.each<[LaunchOptions, string]>([
    [{ seed: 8 }, 'seed'],
    [{ config: 'own' }, 'config'],
    [{ command: ['true'] }, 'command'],
    [{ trainFn: 'a:b' }, 'trainFn'],
    [{ runDir: 'second' }, 'runDir'],
    [{ notify: 'n.yaml' }, 'notify'],
    [{ tune: 'off' }, 'tune'],
    [{ learnFrom: 'x' }, 'learnFrom'],
  ])('refuses %j, which is fixed by its first start', async (options, key) => {
    const { cwd, dir } = ended()
    await expect(start({ resume: 'first', ...options }, cwd)).rejects.toMatchObject({
      code: 'bad-option',
      message: `\`${key}\` is fixed for \`first\` and cannot be changed: omit it`,
    })
    expect(readProcess(openRunDirectory(dir)).starts).toBe(1)
  })

  test('has no end in its document until the end is added again', async () => {
    const { cwd, dir } = ended()
    const before = document(dir)
    writeFileSync(
      join(dir, 'hotcb.run.json'),
      JSON.stringify({ ...before, stopped_early: true, completed_at: '2026-01-02', final_metrics: { a: 1 } }),
    )
    const handle = await start({ resume: 'first' }, cwd)
    await handle.wait()
    await allKept()
    expect(document(dir)).toMatchObject({ started_at: before.started_at, stopped_early: false, final_metrics: {} })
    expect(document(dir).completed_at).not.toBe('2026-01-02')
  })

  test('keeps a document that its training wrote', async () => {
    const { cwd, dir } = ended({ config: 'own' })
    const own = '{"run_id": "x", "config": "c", "max_steps": 5, "started_at": "2026-01-01T00:00:00.000Z", "seed": 1}'
    writeFileSync(join(dir, 'hotcb.run.json'), own)
    await (await start({ resume: 'first' }, cwd)).wait()
    await allKept()
    expect(readFileSync(join(dir, 'hotcb.run.json'), 'utf8')).toBe(own)
  })

  test('runs in the directory of its first start, regardless of where it is continued', async () => {
    const { cwd, dir } = ended({ config: null, command: ['pwd'] })
    const handle = await start({ resume: dir }, temporaryDirectory())
    expect((await handle.wait()).output).toBe(`before\n${cwd}\n`)
  })
})

test('resuming a run that is training attaches to its process and starts no second one', async () => {
  deliverSignals()
  const cwd = temporaryDirectory()
  const first = await start({ config: 'waits', runDir: 'first' }, cwd)
  const second = await start({ resume: 'first' }, cwd)
  expect(second.pid).toBe(first.pid)
  const end = await second.stop()
  expect(end).toMatchObject({ asked: 'interrupted' })
  expect(await first.wait()).toEqual(end)
  expect(readProcess(openRunDirectory(first.runDir)).starts).toBe(1)
})

test('a run that no launcher started cannot be continued, and a directory without a run is refused', async () => {
  const cwd = temporaryDirectory()
  mkdirSync(join(cwd, 'first'))
  ledger(join(cwd, 'first'), {})
  for (const options of [{ resume: 'first' }, { fromCheckpoint: 'first' }]) {
    saved(join(cwd, 'first'), 'step-1', 1)
    await expect(start(options, cwd)).rejects.toMatchObject({
      code: 'not-launched',
      message: expect.stringMatching(/first` was not started/),
    })
  }
  await expect(start({ resume: 'second' }, cwd)).rejects.toThrow(/second/)
})

describe('a new run from a checkpoint', () => {
  test("has its parent's checkpoint, seed and options, and continues", async () => {
    const { cwd, dir } = ended({ step_delay: 0.5 })
    saved(dir, 'step-9', 9)
    const handle = await start({ fromCheckpoint: 'first:step-9', maxSteps: 40, runDir: 'second' }, cwd)
    expect((await handle.wait()).output).toBe('resume=1 seed=7 steps=40 rest=0.5\n')
    await allKept()
    expect(readdirSync(join(cwd, 'second/hotcb.checkpoints'))).toEqual(['step-9'])
    expect(document(join(cwd, 'second'))).toMatchObject({
      ...{ run_id: 'second', config: 'simple', seed: 7, max_steps: 40, step_delay: 0.5, stopped_early: false },
      parent: { run: 'first', seq: 5, step: 9, tag: 'step-9', dir },
    })
    expect(readProcess(openRunDirectory(handle.runDir)).options).toEqual({
      ...{ config: 'simple', seed: 7, maxSteps: 40, stepDelaySeconds: 0.5 },
    })
    expect(linesOf(join(cwd, 'second'), 'commands')).toEqual([])
  })

  test('starts with the requested changes', async () => {
    const { cwd, dir } = ended()
    saved(dir, 'best', 9)
    const ports = { source: 'cli', author: 'ada' }
    const handle = await start({ fromCheckpoint: 'first', set: ['lr=0.5'], runDir: 'second' }, cwd, ports)
    await handle.wait()
    expect(linesOf(handle.runDir, 'commands')).toMatchObject([
      { module: 'opt', op: 'set_params', params: { lr: 0.5 }, source: 'cli', author: 'ada' },
    ])
  })

  test('gets a document even if its training writes its own, and the launcher does not complete that document', async () => {
    const { cwd, dir } = ended({ config: 'own' })
    saved(dir, 'best', 9)
    const handle = await start({ fromCheckpoint: 'first', runDir: 'second' }, cwd)
    await handle.wait()
    await allKept()
    expect(document(handle.runDir)).toMatchObject({ completed_at: null, parent: { tag: 'best' } })
  })

  test("does not inherit its parent's notifications and tuner, which may be given as options", async () => {
    const { cwd, dir } = ended({ notify: 'n.yaml', tune: 'observe' })
    writeFileSync(join(cwd, 'n.yaml'), 'rules: []\n')
    saved(dir, 'best', 9)
    const second = await start({ fromCheckpoint: 'first', runDir: 'second' }, cwd)
    await second.wait()
    expect(readdirSync(second.runDir)).not.toContain('hotcb.notify.yaml')
    expect(linesOf(second.runDir, 'commands')).toEqual([])
    expect(Object.keys(readProcess(openRunDirectory(second.runDir)).options ?? {})).not.toContain('tune')
    const third = await start({ fromCheckpoint: 'first', runDir: 'third', tune: 'active', notify: 'n.yaml' }, cwd)
    await third.wait()
    expect(linesOf(third.runDir, 'commands')).toMatchObject([{ op: 'enable', params: { mode: 'active' } }])
    expect(readdirSync(third.runDir)).toContain('hotcb.notify.yaml')
  })

  test.each<[LaunchOptions, RegExp]>([
    [{ seed: 8 }, /^`seed` is fixed for `first` and cannot be changed/],
    [{ config: 'own' }, /^`config` is fixed for `first`/],
    [{ maxSteps: 9 }, /is at step 9, but the new run would end at step 9: set more steps$/],
    [{ set: ['lr=7'] }, /^`set`: `lr` must be .*got 7/],
  ])('refuses %j, and leaves no directory', async (options, message) => {
    const { cwd, dir } = ended()
    saved(dir, 'best', 9)
    const asked = start({ fromCheckpoint: 'first', runDir: 'second', ...options }, cwd)
    await expect(asked).rejects.toMatchObject({ code: 'bad-option', message: expect.stringMatching(message) })
    expect(readdirSync(cwd)).toEqual(['first'])
  })
})
