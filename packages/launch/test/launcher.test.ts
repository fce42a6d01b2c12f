import { mkdirSync, renameSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { processStart } from '@hotcb/journal'
import type { JsonObject } from '@hotcb/protocol'
import { describe, expect, test, vi } from 'vitest'
import type { LaunchedRun, Launcher, LaunchOptions } from '../src/index.ts'
import type { LaunchHandle } from '../src/node/handle.ts'
import { launcherOf } from '../src/node/launcher-of.ts'
import type { LaunchPorts } from '../src/node/ports.ts'
import { linesOf, log, temporaryDirectory, training, writeState } from './live-run.ts'

const TRAININGS = { simple: training('true') }
const BY = { author: 'olga' }

interface Launched {
  readonly launcher: Launcher
  /** The launches, with the ports that differ from the launcher's. */
  readonly calls: (readonly [LaunchOptions, object])[]
  /** The number of times a handle was closed. */
  closed(): number
  /** Ends the training of all handles. */
  end(): void
}

/** A launcher that does not really start training runs. */
function launched(
  places: { readonly dir?: string; readonly roots?: readonly string[]; readonly ports?: Partial<LaunchPorts> },
  autopilot = 'off',
): Launched {
  const ports: LaunchPorts = { trainings: TRAININGS, ...places.ports }
  const calls: (readonly [LaunchOptions, object])[] = []
  let closed = 0
  let end = (): void => undefined
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const launcher = launcherOf({ ...places, ports }, async (options, { trainings: _, ...given }) => {
    calls.push([options, given])
    const handle = {
      runDir: `/launched/${calls.length}`,
      autopilot,
      close: async () => void closed++,
      wait: () => ended,
    }
    // A launcher uses only these parts of a handle.
    return handle as unknown as LaunchHandle
  })
  return { launcher, calls, closed: () => closed, end }
}

const STARTED: JsonObject = {
  kind: 'launch',
  ts: 1,
  data: { options: { config: 'simple', max_steps: 9, step_delay: 0.5 }, seed: 3, cwd: '/' },
}
/** A log line that names this process as the training. */
const RUNS: JsonObject = {
  kind: 'started',
  ts: 2,
  data: { pid: process.pid, start: processStart(), host: hostname() },
}
const GONE: JsonObject = { kind: 'started', ts: 2, data: { pid: 4_000_000, start: null, host: null } }
const ASKED: JsonObject = { kind: 'stopping', ts: 3, data: { cid: null } }
const endedAs = (data: JsonObject): JsonObject => ({
  kind: 'ended',
  ts: 4,
  data: { exit_code: null, signal: null, asked: null, leftovers: false, ...data },
})
/** A log line that names an earlier process with this pid, which is gone. */
const EARLIER = processStart()?.replace(/\d+$/, '1') ?? null
const keeper = (start = processStart(), pid = process.pid): JsonObject => ({
  kind: 'begin',
  ts: 1,
  n: 1,
  data: { token: 't', host: hostname(), pid, start, engine: 'launch' },
})
/** A keeper on another machine that writes to the same files. On this machine, its pid belongs to the test process. */
const FAR = keeper('another boot/1/1/7')

/** Creates a run with these lines in its log. Returns its directory. */
function runOf(...lines: readonly JsonObject[]): string {
  const dir = join(temporaryDirectory(), 'runs/first')
  mkdirSync(dir, { recursive: true })
  log(dir, ...lines)
  return dir
}

function seen(...lines: readonly JsonObject[]): LaunchedRun | null {
  return launched({}).launcher.look(runOf(...lines))
}

describe('a run that was launched', () => {
  test('is described by its log', () => {
    expect(seen(STARTED, RUNS)).toEqual({
      config: 'simple',
      seed: 3,
      max_steps: 9,
      step_delay: 0.5,
      starts: 1,
      is_training: true,
      is_stopping: false,
      ended: null,
      parent: null,
      can_start: true,
    })
    expect(seen(STARTED, RUNS, ASKED)).toMatchObject({ is_training: true, is_stopping: true, ended: null })
    expect(seen(STARTED, RUNS, ASKED, endedAs({ exit_code: 0 }))).toMatchObject({
      is_training: false,
      is_stopping: false,
    })
    expect(seen(STARTED, GONE, endedAs({ exit_code: 0 }), STARTED, RUNS)).toMatchObject({
      starts: 2,
      is_training: true,
    })
  })

  test('counts as training while its keeper is running, even before the process is known', () => {
    const own = keeper()
    expect(seen(own, STARTED)).toMatchObject({ is_training: true, ended: null })
    expect(seen(own, STARTED, GONE)).toMatchObject({ is_training: true })
    expect(seen(own, STARTED, GONE, endedAs({ exit_code: 0 }))).toMatchObject({ is_training: false })
    expect(seen(own, STARTED, { kind: 'failed', data: { text: 'no program' } })).toMatchObject({ is_training: false })
    expect(seen(keeper(EARLIER), STARTED)).toMatchObject({ is_training: false })
  })

  test.each<[JsonObject, string]>([
    [endedAs({ exit_code: 0 }), 'done'],
    [endedAs({ exit_code: 3 }), 'failed with exit code 3'],
    [endedAs({ signal: 'SIGSEGV' }), 'stopped by SIGSEGV'],
    [endedAs({ signal: 'SIGTERM', asked: 'interrupted' }), 'stopped'],
    [endedAs({ exit_code: 0, asked: 'interrupted' }), 'stopped'],
    [endedAs({ signal: 'SIGKILL', asked: 'interrupted' }), 'stopped: it had to be killed'],
    [endedAs({ exit_code: 0, asked: 'max-time' }), 'reached its time limit'],
    [endedAs({}), 'ended; the reason was not recorded'],
    [GONE, 'ended; the reason was not recorded'],
    [{ kind: 'failed', data: { text: 'the program `x` was not found' } }, 'the program `x` was not found'],
  ])('whose last line is %j is described as `%s`', (line, text) => {
    expect(seen(STARTED, GONE, line)?.ended).toBe(text)
  })

  test('is named after its training, and can be started if this program has that training', () => {
    const of = (options: JsonObject) => {
      const run = seen({ kind: 'launch', ts: 1, data: { options, seed: 3, cwd: '/' } }, GONE)
      return [run?.config, run?.can_start, run?.max_steps, run?.step_delay]
    }
    expect(of({ config: 'simple' })).toEqual(['simple', true, null, null])
    expect(of({ config: 'other' })).toEqual(['other', false, null, null])
    expect(of({ train_fn: 'a:train' })).toEqual(['a:train', true, null, null])
    expect(of({ command: ['python3', 'a.py'] })).toEqual(['python3 a.py', true, null, null])
    expect(of({})).toEqual(['unknown', false, null, null])
  })

  test('has the limits and the parent from its run document', () => {
    const dir = runOf(STARTED, RUNS)
    const parent = { run: 'other', seq: 2, step: 8, tag: 'best', dir: '/other' }
    const document = { run_id: 'first', config: 'simple', max_steps: 77, step_delay: 0.25, seed: 3, parent }
    writeFileSync(join(dir, 'hotcb.run.json'), JSON.stringify(document))
    expect(launched({}).launcher.look(dir)).toMatchObject({
      ...{ max_steps: 77, step_delay: 0.25 },
      parent: { run: 'other', step: 8 },
    })
  })

  test('is not described without its options, its seed or a log', () => {
    expect(seen(RUNS)).toBeNull()
    expect(seen({ kind: 'launch', ts: 1, data: { options: { config: 'simple' } } })).toBeNull()
    expect(seen({ kind: 'launch', ts: 1, data: { options: { nonsense: 1 }, seed: 3 } })).toBeNull()
    expect(launched({}).launcher.look(temporaryDirectory())).toBeNull()
    expect(launched({}).launcher.look('/nowhere')).toBeNull()
  })
})

describe('a log', () => {
  const lookAt = (dir: string) => launched({}).launcher.look(dir)

  test('that is a link, a directory or larger than 16 MiB is not read', async () => {
    const linked = runOf(STARTED, GONE)
    const path = join(linked, 'hotcb.launch.jsonl')
    renameSync(path, join(dirname(linked), 'elsewhere'))
    symlinkSync(join(dirname(linked), 'elsewhere'), path)
    const large = runOf(STARTED, GONE)
    truncateSync(join(large, 'hotcb.launch.jsonl'), 16 * 1024 * 1024 + 1)
    const folder = join(temporaryDirectory(), 'runs/first')
    mkdirSync(join(folder, 'hotcb.launch.jsonl'), { recursive: true })
    for (const dir of [linked, large, folder]) {
      const { launcher, calls } = launched({})
      expect(launcher.look(dir)).toBeNull()
      const refused = {
        code: 'not-launched',
        message: `\`${basename(dir)}\` was not started by a launcher of this user`,
      }
      await expect(launcher.resume(dir, {}, BY)).rejects.toMatchObject(refused)
      await expect(launcher.stop(dir)).rejects.toMatchObject(refused)
      await expect(launcher.branch(dir, 'best', {}, BY)).rejects.toMatchObject(refused)
      expect(calls).toEqual([])
    }
  })

  test('of another user is not read', () => {
    const dir = runOf(STARTED, GONE)
    expect(lookAt(dir)).not.toBeNull()
    const own = process.geteuid?.() ?? 0
    const spy = vi.spyOn(process, 'geteuid').mockReturnValue(own + 1)
    expect(lookAt(dir)).toBeNull()
    spy.mockRestore()
  })
})

describe('a start', () => {
  test('is in the list, and is started with the values and the author of the request, without a second dashboard', async () => {
    const root = temporaryDirectory()
    const { launcher, calls, closed } = launched({ roots: [root], ports: { source: 'cli', author: 'owner' } })
    const values = { maxSteps: 5, maxTimeSeconds: 6, stepDelaySeconds: 0, seed: 7 }
    expect(await launcher.start('simple', values, BY)).toBe('/launched/1')
    await launcher.start('simple', { maxSteps: undefined }, { author: null })
    const place = { source: 'dashboard', cwd: root, runsDir: join(root, 'runs') }
    expect(calls).toEqual([
      [
        { config: 'simple', serve: false, ...values },
        { ...place, author: 'olga' },
      ],
      [
        { config: 'simple', serve: false },
        { ...place, author: 'owner' },
      ],
    ])
    expect(closed()).toBe(2)
    expect(() => launcher.start('other', {}, BY)).toThrow('no training run is called `other`')
  })

  test("from a config file runs in the file's directory, and its runs are created there", async () => {
    const [first, second] = [temporaryDirectory(), join(temporaryDirectory(), 'runs')]
    mkdirSync(second)
    writeFileSync(join(first, 'hotcb.launch.yaml'), 'config: simple\nmax_steps: 3\nport: 80\n')
    writeFileSync(join(second, 'hotcb.launch.json'), '{"config": "simple", "seed": 1}')
    const { launcher, calls } = launched({ roots: [first, second] })
    expect(launcher.choices().choices.map(({ id }) => id)).toEqual([
      ...['simple', 'hotcb.launch.yaml', '2/hotcb.launch.json'],
    ])
    await launcher.start('hotcb.launch.yaml', {}, BY)
    await launcher.start('hotcb.launch.yaml', { maxSteps: 4 }, BY)
    await launcher.start('2/hotcb.launch.json', {}, BY)
    expect(calls).toMatchObject([
      [
        { config: 'simple', maxSteps: 3, serve: false },
        { cwd: first, runsDir: join(first, 'runs') },
      ],
      [{ config: 'simple', maxSteps: 4 }, {}],
      [
        { config: 'simple', seed: 1 },
        { cwd: second, runsDir: second },
      ],
    ])
    expect(calls[0]?.[0]).not.toHaveProperty('port')
  })

  test('on a server of one run creates the new run in the same folder', async () => {
    const { launcher, calls } = launched({ dir: '/shared/mine/first' })
    await launcher.start('simple', {}, BY)
    expect(calls[0]?.[1]).toMatchObject({ cwd: '/shared/mine', runsDir: '/shared/mine' })
    const nowhere = launched({})
    await nowhere.launcher.start('simple', {}, BY)
    expect(nowhere.calls[0]?.[1]).toMatchObject({ cwd: '.', runsDir: 'runs' })
  })

  test('with rules is watched until its training ends or the launcher is closed', async () => {
    const { launcher, closed, end } = launched({}, 'auto')
    await launcher.start('simple', {}, BY)
    expect(closed()).toBe(0)
    launcher.close()
    expect(closed()).toBe(1)
    end()
    await new Promise((resolve) => setImmediate(resolve))
    launcher.close()
    expect(closed()).toBe(1)
  })
})

test('a run is continued with the values in the request', async () => {
  const dir = runOf(STARTED, GONE, endedAs({ exit_code: 0 }))
  const { launcher, calls } = launched({})
  await launcher.resume(dir, { maxSteps: 20, stepDelaySeconds: undefined }, BY)
  expect(calls).toEqual([
    [
      { resume: dir, serve: false, maxSteps: 20 },
      { source: 'dashboard', author: 'olga' },
    ],
  ])
})

test('a run from a checkpoint is created next to its parent', async () => {
  const dir = runOf(STARTED, GONE, endedAs({ exit_code: 0 }))
  const { launcher, calls } = launched({})
  expect(await launcher.branch(dir, 'best', { set: ['lr=1'], maxSteps: 20 }, BY)).toBe('/launched/1')
  await launcher.branch(dir, 'best', { set: [] }, BY)
  const ports = { source: 'dashboard', author: 'olga', runsDir: dirname(dir) }
  expect(calls).toEqual([
    [{ fromCheckpoint: `${dir}:best`, serve: false, set: ['lr=1'], maxSteps: 20 }, ports],
    [{ fromCheckpoint: `${dir}:best`, serve: false }, ports],
  ])
})

describe('a request to end', () => {
  /** A launcher whose signals are recorded instead of sent. */
  function stopping() {
    const signals: unknown[] = []
    const spy = vi.spyOn(process, 'kill').mockImplementation((...given) => {
      signals.push(given)
      return true
    })
    return { ...launched({}), signals, release: () => spy.mockRestore() }
  }

  const TERM = [process.pid, 'SIGTERM']

  test('is sent to the keeper once, unless it is urgent or the run was started again', async () => {
    const { launcher, signals, release } = stopping()
    const dir = runOf(keeper(), STARTED, RUNS)
    await launcher.stop(dir)
    await launcher.stop(dir)
    expect(signals).toEqual([TERM])
    await launcher.stop(dir, true)
    expect(signals).toEqual([TERM, TERM])
    log(dir, STARTED, RUNS)
    await launcher.stop(dir)
    expect(signals).toEqual([TERM, TERM, TERM])
    release()
  })

  test('is not repeated if the keeper has recorded a request from elsewhere', async () => {
    const { launcher, signals, release } = stopping()
    const dir = runOf(keeper(), STARTED, RUNS, ASKED)
    await launcher.stop(dir)
    expect(signals).toEqual([])
    await launcher.stop(dir, true)
    expect(signals).toEqual([TERM])
    release()
  })

  test('is refused if no training is running', async () => {
    const { launcher, calls, signals, release } = stopping()
    const dir = runOf(STARTED, GONE, endedAs({ exit_code: 0 }))
    await expect(launcher.stop(dir)).rejects.toMatchObject({
      code: 'not-launched',
      message: `no training run is active in \`${dir}\``,
    })
    release()
    expect([calls, signals]).toEqual([[], []])
    const early = runOf(STARTED)
    await expect(launcher.stop(early)).rejects.toThrow('no training run is active')
  })

  test("starts another keeper if a training run's keeper was killed", async () => {
    const { launcher, calls, closed } = launched({ ports: { author: 'owner' } })
    const dir = runOf(keeper(EARLIER), STARTED, RUNS)
    await launcher.stop(dir)
    expect(calls).toEqual([[{ resume: dir, serve: false, autopilot: 'off' }, { author: 'owner' }]])
    expect(closed()).toBe(1)
  })

  test('is sent to the kernel if the keeper is on another machine, and never to a local process with the same pid', async () => {
    const { launcher, calls, signals, release } = stopping()
    const dir = runOf(FAR, STARTED, RUNS)
    await expect(launcher.stop(dir)).rejects.toMatchObject({
      code: 'held',
      message: expect.stringMatching(
        /^the training is watched by launch \(process \d+ on .*\), which cannot be reached from this/,
      ),
    })
    writeState(dir)
    await launcher.stop(dir)
    release()
    expect([calls, signals.filter((given) => (given as unknown[])[1] !== 0)]).toEqual([[], []])
    expect(linesOf(dir, 'commands')).toMatchObject([{ module: 'core', op: 'stop', params: { reason: 'interrupted' } }])
  })

  test('is never sent to process 0 or 1', async () => {
    for (const pid of [0, 1]) {
      const { launcher, signals, release } = stopping()
      await expect(launcher.stop(runOf(keeper(null, pid), STARTED, RUNS))).rejects.toMatchObject({ code: 'held' })
      release()
      expect(signals.filter((given) => (given as unknown[])[1] !== 0)).toEqual([])
    }
  })

  test('to a keeper that has just ended is not an error', async () => {
    const { launcher, release } = stopping()
    vi.mocked(process.kill).mockImplementation(() => {
      throw Object.assign(new Error('kill ESRCH'), { code: 'ESRCH' })
    })
    await launcher.stop(runOf(keeper(), STARTED, RUNS))
    release()
  })
})
