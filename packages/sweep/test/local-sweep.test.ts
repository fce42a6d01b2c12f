import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { attemptEnv } from '../src/node/attempt-env.ts'
import { startLocal } from '../src/node/start-local.ts'
import {
  configInForce,
  drive,
  finalMetrics,
  openWorkspace,
  readSweepStatus,
  requestTrials,
  runSweep,
  testTrial,
  type Workspace,
} from '../src/node.ts'

const made: { readonly root: string; readonly workspace: Workspace }[] = []

afterEach(async () => {
  for (const { root, workspace } of made.splice(0)) {
    await requestTrials(workspace, 'stop', { all: true }).catch(() => [])
    await drive(workspace, { everyMs: 20 }).catch(() => {})
    workspace.close()
    rmSync(root, { recursive: true, force: true })
  }
})

const VALUES = '  x: {type: discrete, values: [1, 2, 3, 4]}\n'

/** A workspace whose trials run a bash script. */
function sweep(launcher: string, { parameters = VALUES, more = '' } = {}): Workspace {
  const root = mkdtempSync(join(tmpdir(), 'sweep-'))
  const config = `name: t\ngrid: all\nlauncher: ./launch.sh\nlocal: {max_concurrent: 2, kill_wait: 1}\n${more}`
  writeFileSync(join(root, 'hyperherd.yaml'), `${config}parameters:\n${parameters}`)
  writeFileSync(join(root, 'launch.sh'), `#!/bin/bash\n${launcher}\n`)
  chmodSync(join(root, 'launch.sh'), 0o755)
  const workspace = openWorkspace(root)
  made.push({ root, workspace })
  return workspace
}

async function states(workspace: Workspace): Promise<readonly string[]> {
  return (await readSweepStatus(workspace)).trials.map(({ state }) => state)
}

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 10))
}

const RESULT = 'x="$1"; echo "{\\"x\\": $(echo "$x" | cut -d= -f3)}" > .hyperherd/results/$HYPERHERD_TRIAL_ID.json'

test("all trials of a grid run once with their values, and the manifest has HyperHerd's names for their states", async () => {
  const workspace = sweep(`echo "$1" >> seen; ${RESULT}`)
  expect((await runSweep(workspace)).called).toEqual([0, 1, 2, 3])
  expect(await drive(workspace, { everyMs: 20 })).toBe('done')
  expect(await states(workspace)).toEqual(['completed', 'completed', 'completed', 'completed'])
  const { root, results, manifest } = workspace.paths
  const seen = readFileSync(join(root, 'seen'), 'utf8').trim().split('\n').sort()
  expect(seen).toEqual([1, 2, 3, 4].map((x) => `experiment_name=x-${x} x=${x}`))
  expect([0, 1, 2, 3].map((i) => finalMetrics(results, i).get('x'))).toEqual([1, 2, 3, 4])
  const records = JSON.parse(readFileSync(manifest, 'utf8'))
  expect(records[1]).toMatchObject({
    index: 1,
    params: { x: 2 },
    extras: {},
    experiment_name: 'x-2',
    status: 'completed',
  })
})

test('a failed trial has its exit code and failure class, and the next run restarts only that trial', async () => {
  const workspace = sweep(
    '[ "$HYPERHERD_TRIAL_ID" != 2 ] || [ -e fixed ] || { echo "CUDA out of memory" >&2; exit 3; }',
  )
  await runSweep(workspace)
  await drive(workspace, { everyMs: 20 })
  const failed = (await readSweepStatus(workspace)).trials[2]
  expect([failed?.state, failed?.reason]).toEqual(['failed', 'oom'])
  writeFileSync(join(workspace.paths.root, 'fixed'), '')
  expect((await runSweep(workspace)).called).toEqual([2])
  await drive(workspace, { everyMs: 20 })
  expect((await readSweepStatus(workspace)).trials.map(({ attempt, state }) => `${state} ${attempt}`)).toEqual([
    'completed 1',
    'completed 1',
    'completed 2',
    'completed 1',
  ])
})

test('a failed trial is retried as often as `retries` allows', async () => {
  const workspace = sweep('echo >> tries; exit 3', {
    parameters: '  x: {type: discrete, values: [1]}\n',
    more: 'retries: {exit: 2, backoff: 0}\n',
  })
  await runSweep(workspace)
  await drive(workspace, { everyMs: 20 })
  expect(readFileSync(join(workspace.paths.root, 'tries'), 'utf8')).toBe('\n\n\n')
  expect(await states(workspace)).toEqual(['failed'])
})

test('stop ends all processes that a trial started, even those that ignore the launcher, and removes waiting trials', async () => {
  const workspace = sweep('sleep 1000 & echo $! > "pid-$HYPERHERD_TRIAL_ID"; wait')
  await runSweep(workspace)
  const driving = drive(workspace, { everyMs: 20 })
  await until(() => existsSync(join(workspace.paths.root, 'pid-0')) && existsSync(join(workspace.paths.root, 'pid-1')))
  const wished = await requestTrials(openWorkspace(workspace.paths.root), 'stop', { all: true }, { why: 'enough' })
  expect(wished.map(({ i }) => i)).toEqual([0, 1, 2, 3])
  expect(await driving).toBe('done')
  expect(await states(workspace)).toEqual(['cancelled', 'cancelled', 'cancelled', 'cancelled'])
  expect(readdirSync(workspace.paths.root)).not.toContain('pid-2')
  const pid = readFileSync(join(workspace.paths.root, 'pid-0'), 'utf8').trim()
  // They no longer exist, or have exited but have not been reaped by the system.
  expect(spawnSync('ps', ['-o', 'stat=', '-p', pid], { encoding: 'utf8' }).stdout.trim()).toMatch(/^(Z.*)?$/)
})

test('a pruned trial is notified by its signal file, and is pruned, not failed, if it exits on its own', async () => {
  const asked = 'until [ -e "$HOTCB_RUN_DIR/_signal" ]; do sleep 0.05; done; exit 4'
  const workspace = sweep(asked, { parameters: '  x: {type: discrete, values: [1]}\n' })
  await runSweep(workspace)
  const driving = drive(workspace, { everyMs: 20 })
  await until(async () => (await states(workspace))[0] === 'running')
  await requestTrials(openWorkspace(workspace.paths.root), 'prune', { index: 0 }, { why: 'worse than the rest' })
  await driving
  const [trial] = (await readSweepStatus(workspace)).trials
  expect([trial?.state, trial?.reason]).toEqual(['pruned', 'worse than the rest'])
  expect((await runSweep(workspace)).called).toEqual([])
})

test('trials outlive their driver, and the next driver takes over', async () => {
  const workspace = sweep('until [ -e go ]; do sleep 0.05; done; echo >> ran', {
    parameters: '  x: {type: discrete, values: [1, 2]}\n',
  })
  await runSweep(workspace)
  const abort = new AbortController()
  const first = drive(workspace, { everyMs: 20, signal: abort.signal })
  await until(async () => (await states(workspace)).every((state) => state === 'running'))
  abort.abort()
  expect(await first).toBe('interrupted')
  writeFileSync(join(workspace.paths.root, 'go'), '')
  expect(await drive(workspace, { everyMs: 20 })).toBe('done')
  expect(await states(workspace)).toEqual(['completed', 'completed'])
  expect(readFileSync(join(workspace.paths.root, 'ran'), 'utf8')).toBe('\n\n')
})

test('a dry run and status write nothing', async () => {
  const workspace = sweep('true')
  const outcome = await runSweep(workspace, { dryRun: true })
  expect(outcome.called).toEqual([0, 1, 2, 3])
  expect(existsSync(workspace.paths.state)).toBe(false)
  await expect(readSweepStatus(workspace)).rejects.toThrow(/no sweep has been started/)
  expect(existsSync(workspace.paths.state)).toBe(false)
})

test('a combination with results must not leave the config; if it is forced out, it is kept as an orphan', async () => {
  const workspace = sweep('true')
  await runSweep(workspace)
  await drive(workspace, { everyMs: 20 })
  const text = readFileSync(workspace.paths.config, 'utf8')
  writeFileSync(workspace.paths.config, text.replace('[1, 2, 3, 4]', '[1, 2, 3, 5]'))
  await expect(runSweep(workspace)).rejects.toThrow(/no longer contains 1 trial.*3 x-4 \(completed\)/)
  const { called, changes } = await runSweep(workspace, { force: true })
  expect([called, changes.held.map(({ i }) => i), changes.added.map(({ i }) => i)]).toEqual([[4], [3], [4]])
})

test('an attempt with a mark is never started again, whichever process starts its wrapper', async () => {
  const workspace = sweep('echo >> ran', { parameters: '  x: {type: discrete, values: [1]}\n' })
  await runSweep(workspace)
  mkdirSync(join(workspace.paths.marks, '0'), { recursive: true })
  await drive(workspace, { everyMs: 20 })
  const record = workspace.journal.fold.trials.get(0)
  if (record === undefined) throw new Error('no trial')
  await new Promise<void>((resolve) => {
    const env = attemptEnv(workspace.paths, configInForce(workspace), { trial: record.trial, n: 1, gpus: '' })
    startLocal(workspace.paths, { i: 0, env }, resolve)
  })
  expect(readFileSync(join(workspace.paths.root, 'ran'), 'utf8')).toBe('\n')
  expect(readFileSync(join(workspace.paths.logs, '0.err'), 'utf8')).toContain('attempt 1 of trial 0 is local:')
})

test('early stopping prunes trials that are behind at a rung, once, with a reason', async () => {
  // Each trial reports its value at step 5, waits for all others, and continues until it is asked to stop or is done.
  const reports = [
    'x=$(echo "$1" | cut -d= -f3)',
    'mkdir -p "$HOTCB_RUN_DIR/stream"',
    'echo "{\\"step\\": 5, \\"value\\": 0.$x, \\"ts\\": 1}" >> "$HOTCB_RUN_DIR/stream/val.jsonl"',
    'until [ -e "$HOTCB_RUN_DIR/_signal" ] || [ -e done ]; do sleep 0.02; done',
  ].join('\n')
  const workspace = sweep(reports, {
    parameters: '  x: {type: discrete, values: [4, 1, 3, 2]}\n',
    more: 'successive_halving: {metric: val, direction: min, min_steps: 5, budget: 20, eta: 2, mode: asha}\n',
  })
  writeFileSync(
    workspace.paths.config,
    readFileSync(workspace.paths.config, 'utf8').replace('max_concurrent: 2', 'max_concurrent: 4'),
  )
  await runSweep(workspace)
  const driving = drive(workspace, { everyMs: 20 })
  await until(() => workspace.journal.fold.decisions.size === 4)
  const kept = [...workspace.journal.fold.decisions.values()].filter(({ verdict }) => verdict === 'promote')
  writeFileSync(join(workspace.paths.root, 'done'), '')
  await driving
  const trials = (await readSweepStatus(workspace)).trials
  expect(trials.filter(({ state }) => state === 'completed').map(({ trial }) => trial.i)).toEqual(
    expect.arrayContaining([...kept.map(({ trial }) => trial)]),
  )
  // The best trial is never pruned, whatever the order of arrival.
  expect(trials[1]?.state).toBe('completed')
  for (const { state, reason } of trials.filter((one) => one.state === 'pruned')) {
    expect([state, reason]).toEqual(['pruned', expect.stringMatching(/^asha at 5: \d of \d, keeps \d$/)])
  }
})

test('a workspace that is written to many times keeps no journal file open', async () => {
  const workspace = sweep('exit 0')
  await runSweep(workspace)
  for (let i = 0; i < 20; i++) await requestTrials(workspace, i % 2 === 0 ? 'pause' : 'resume', { index: 0 })
  const open = readdirSync('/proc/self/fd').filter((fd) => pathOf(fd).startsWith(workspace.paths.journal))
  expect(open.length).toBeLessThanOrEqual(1)
})

function pathOf(descriptor: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`)
  } catch {
    // The directory's own descriptor, which has been closed.
    return ''
  }
}

test('a trial that was already started is tested only with `force`, which moves its results aside', async () => {
  const workspace = sweep(RESULT)
  const options = { isConfigOnly: false, force: false }
  const before = await testTrial(workspace, 1, options)
  expect([before.overrides, before.env['HYPERHERD_ATTEMPT'], before.setAside]).toEqual([
    'experiment_name=x-2 x=2',
    '0',
    [],
  ])
  await runSweep(workspace)
  await drive(workspace, { everyMs: 20 })
  await expect(testTrial(workspace, 1, options)).rejects.toThrow('trial 1 has already been started (state: completed)')
  expect((await testTrial(workspace, 1, { ...options, isConfigOnly: true })).overrides).toMatch(/ --cfg job --resolve$/)
  expect(finalMetrics(workspace.paths.results, 1).get('x')).toBe(2)
  const { setAside } = await testTrial(workspace, 1, { ...options, force: true })
  expect(setAside.map((path) => path.split('/results/')[1])).toEqual(['.old/1-1', '.old/1-1.json'])
  expect(finalMetrics(workspace.paths.results, 1).get('x')).toBeUndefined()
})

test('status reads no files of a finished trial: its last line and step are in the journal', async () => {
  const stream =
    'mkdir -p "$HOTCB_RUN_DIR/stream"; echo \'{"step": 7, "value": 1, "ts": 1}\' > "$HOTCB_RUN_DIR/stream/a.jsonl"'
  const workspace = sweep(`echo "all done"; ${stream}`)
  await runSweep(workspace)
  await drive(workspace, { everyMs: 20 })
  rmSync(workspace.paths.logs, { recursive: true })
  rmSync(workspace.paths.results, { recursive: true })
  const { trials } = await readSweepStatus(workspace)
  expect(trials.map(({ lastLogLine, step }) => [lastLogLine, step])).toEqual(Array(4).fill(['all done', 7]))
})

test('an idle driver rewrites its views only after a change, and after the files were damaged', async () => {
  const workspace = sweep('until [ -e go ]; do sleep 0.05; done')
  await runSweep(workspace)
  const running = async (): Promise<number> => (await states(workspace)).filter((state) => state === 'running').length
  await until(async () => {
    await drive(workspace, { once: true })
    return (await running()) === 2
  })
  await drive(workspace, { once: true })
  const inode = (): number => statSync(workspace.paths.manifest).ino
  const before = inode()
  await drive(workspace, { once: true })
  expect(inode()).toBe(before)
  rmSync(workspace.paths.manifest)
  await drive(workspace, { once: true })
  expect(JSON.parse(readFileSync(workspace.paths.manifest, 'utf8'))).toHaveLength(4)
  writeFileSync(join(workspace.paths.root, 'go'), '')
})

test('a limit on concurrent trials from the command line also applies to the driver, until the next run', async () => {
  const workspace = sweep('until [ -e go ]; do sleep 0.05; done')
  const running = async (): Promise<number> => (await states(workspace)).filter((state) => state !== 'waiting').length
  await runSweep(workspace, { maxConcurrent: 3 })
  const again = openWorkspace(workspace.paths.root)
  await drive(again, { once: true })
  again.close()
  expect(await running()).toBe(3)
  await runSweep(workspace)
  expect(configInForce(workspace).local.maxConcurrent).toBe(2)
  writeFileSync(join(workspace.paths.root, 'go'), '')
})

test.each([0, 1.5])('%s trials at a time are refused before anything is written', async (maxConcurrent) => {
  const workspace = sweep('exit 0')
  await expect(runSweep(workspace, { maxConcurrent })).rejects.toThrow('must be a whole number of at least 1')
  expect(existsSync(workspace.paths.journal)).toBe(false)
})
