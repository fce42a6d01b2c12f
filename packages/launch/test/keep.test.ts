import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processState } from '@hotcb/journal'
import { openRunDirectory } from '@hotcb/run/node'
import { expect, onTestFinished, test } from 'vitest'
import { removeDirectory } from '../../../test/remove-directory.ts'
import { keep } from '../src/node/keep.ts'
import type { KeeperJob, KeeperMessage } from '../src/node/keeper-job.ts'
import { startTrainer } from '../src/node/trainer-process.ts'
import { lastOutput, readProcess } from '../src/node.ts'
import { until } from './live-run.ts'

interface Kept {
  readonly dir: string
  readonly messages: KeeperMessage[]
  readonly done: Promise<number>
}

/** Runs a program under a keeper in this process instead of its own. */
function start(argv: readonly string[], given: Partial<KeeperJob> = {}): Kept {
  const dir = given.dir ?? mkdtempSync(join(tmpdir(), 'hotcb-keep-'))
  onTestFinished(() => removeDirectory(dir))
  const messages: KeeperMessage[] = []
  const job: KeeperJob = {
    dir,
    argv,
    env: {},
    cwd: dir,
    options: {},
    by: { source: 'cli', author: 'ada' },
    seed: 1,
    maxTimeSeconds: null,
    maxSteps: null,
    stopSeconds: 0.2,
    killSeconds: 0.2,
    document: null,
    ...given,
  }
  return { dir, messages, done: keep(job, (message) => messages.push(message)) }
}

function sh(script: string, given: Partial<KeeperJob> = {}): Kept {
  return start(['sh', '-c', script], given)
}

function endOf({ dir }: Kept): unknown {
  return readProcess(openRunDirectory(dir)).ended
}

/** Waits for text in the output of a training run. */
async function printed({ dir }: Kept, text: string): Promise<void> {
  const path = join(dir, 'hotcb.out')
  await until(() => existsSync(path) && readFileSync(path, 'utf8').includes(text))
}

/** Asks the keeper to stop, as Ctrl-C, `stop` and a page do. */
function ask(): void {
  process.emit('SIGTERM', 'SIGTERM')
}

test('a training run that fails is recorded with its exit code, and its last lines are kept', async () => {
  const kept = sh('echo epoch 1; echo "no such data" >&2; exit 3')
  expect(await kept.done).toBe(0)
  expect(endOf(kept)).toEqual({ exitCode: 3, signal: null, asked: null, hadLeftovers: false })
  expect(lastOutput(openRunDirectory(kept.dir), 4096)).toBe('epoch 1\nno such data\n')
  expect(readProcess(openRunDirectory(kept.dir))).toMatchObject({ seed: 1, starts: 1, isAsked: false })
})

test('a training run that kills itself is recorded with its signal', async () => {
  const kept = sh('kill -SEGV $$')
  await kept.done
  expect(endOf(kept)).toMatchObject({ exitCode: null, signal: 'SIGSEGV' })
})

test('a training run without a kernel that is asked to end gets SIGTERM', async () => {
  const kept = sh('echo up; exec sleep 600')
  await printed(kept, 'up')
  ask()
  await kept.done
  expect(endOf(kept)).toEqual({ exitCode: null, signal: 'SIGTERM', asked: 'interrupted', hadLeftovers: false })
})

test('a request to end that arrives while the training is being started is not lost', async () => {
  const kept = sh('exec sleep 600')
  ask()
  await kept.done
  expect(endOf(kept)).toMatchObject({ signal: 'SIGTERM', asked: 'interrupted' })
})

test('a training run that hangs and ignores SIGTERM is killed', async () => {
  const kept = sh("trap '' TERM; echo hangs; while true; do sleep 0.05; done")
  await printed(kept, 'hangs')
  ask()
  await kept.done
  expect(endOf(kept)).toMatchObject({ exitCode: null, signal: 'SIGKILL', asked: 'interrupted' })
})

test('processes that a training run leaves behind are killed and recorded', async () => {
  const kept = sh("sleep 600 & echo $!; (trap '' TERM; while true; do sleep 0.05; done) & echo $!")
  await kept.done
  expect(endOf(kept)).toEqual({ exitCode: 0, signal: null, asked: null, hadLeftovers: true })
  const pids = lastOutput(openRunDirectory(kept.dir), 4096).trim().split('\n').map(Number)
  expect(pids).toHaveLength(2)
  await until(() => pids.every((pid) => processState(pid, null) !== 'running'))
})

test('the output of a training run that prints endlessly is truncated to its last part', async () => {
  const kept = sh('head -c 60000000 /dev/zero; sleep 0.5; echo; echo the end')
  await kept.done
  expect(statSync(join(kept.dir, 'hotcb.out')).size).toBeLessThan(9 * 1024 * 1024)
  const text = ['hotcb.out.1', 'hotcb.out'].map((name) => readFileSync(join(kept.dir, name), 'utf8')).join('')
  expect(text).toMatch(/\[hotcb: \d+ bytes of output were removed here/)
  expect(text).toContain('the end')
})

test('a program that does not exist is reported, and the log records that nothing was started', async () => {
  const kept = start(['no-such-program'])
  expect(await kept.done).toBe(1)
  expect(kept.messages).toEqual([
    {
      kind: 'failed',
      code: 'not-started',
      message: 'the program `no-such-program` was not found, or the working directory was removed',
    },
  ])
  expect(readProcess(openRunDirectory(kept.dir))).toMatchObject({
    trainer: null,
    failure: expect.stringContaining('was not found'),
  })
})

test('a run has one keeper: a second one is refused, and the next start is possible only after the end', async () => {
  const first = sh('echo up; exec sleep 600')
  await printed(first, 'up')
  const second = sh('echo second', { dir: first.dir })
  expect(await second.done).toBe(1)
  expect(second.messages).toMatchObject([{ kind: 'failed', code: 'held' }])
  ask()
  await first.done
  expect(await sh('echo third', { dir: first.dir }).done).toBe(0)
  expect(lastOutput(openRunDirectory(first.dir), 4096)).toBe('up\nthird\n')
  expect(readProcess(openRunDirectory(first.dir))).toMatchObject({ starts: 2, ended: { exitCode: 0 } })
})

test('a time limit is measured from the first step', async () => {
  const line = '{\\"step\\": 0, \\"metrics\\": {\\"loss\\": 1}}'
  const kept = sh(`sleep 0.6; echo "${line}" >> hotcb.metrics.jsonl; exec sleep 600`, { maxTimeSeconds: 0.3 })
  await kept.done
  expect(endOf(kept)).toMatchObject({ signal: 'SIGTERM', asked: 'max-time' })
  expect(readFileSync(join(kept.dir, 'hotcb.metrics.jsonl'), 'utf8')).toContain('"step": 0')
})

test('the program gets its environment and its directory, and its keeper reports its start', async () => {
  const kept = sh('echo "$WORD"; pwd', { env: { WORD: 'hi' } })
  await kept.done
  expect(lastOutput(openRunDirectory(kept.dir), 4096)).toBe(`hi\n${kept.dir}\n`)
  expect(kept.messages).toEqual([{ kind: 'started', pid: expect.any(Number), isAdopted: false }])
  expect(readFileSync(join(kept.dir, 'hotcb.launch.jsonl'), 'utf8')).toContain('"argv":["sh","-c"')
})

test('a new keeper adopts a training run that is still running, and ends it on request', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-keep-'))
  const out = openSync(join(dir, 'out'), 'a')
  const argv = ['sh', '-c', 'trap "exit 3" TERM; while true; do sleep 0.05; done']
  const { mark } = await startTrainer(argv, { cwd: dir, env: process.env, outFd: out })
  closeSync(out)
  const lines = [
    { kind: 'launch', ts: 1, data: { options: {}, seed: 1, cwd: dir } },
    { kind: 'started', ts: 2, data: mark },
    { kind: 'stopping', ts: 3, data: { cid: 'c1' } },
  ]
  writeFileSync(join(dir, 'hotcb.launch.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  const kept = sh('echo second', { dir })
  await until(() => kept.messages.length > 0)
  expect(kept.messages).toEqual([{ kind: 'started', pid: mark.pid, isAdopted: true }])
  // A `stop` that no kernel has answered would stop the next start.
  expect(readFileSync(join(dir, 'hotcb.commands.jsonl'), 'utf8')).toMatch(/"cancel".*"c1"/)
  ask()
  expect(await kept.done).toBe(0)
  expect(endOf(kept)).toEqual({ exitCode: null, signal: null, asked: 'interrupted', hadLeftovers: false })
  expect(readProcess(openRunDirectory(dir))).toMatchObject({ starts: 1, trainer: mark })
  expect(existsSync(join(dir, 'hotcb.out')) && readFileSync(join(dir, 'hotcb.out'), 'utf8')).toBe('')
})

test('a program that is not executable is reported, and so is a log that cannot be written', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-keep-'))
  writeFileSync(join(dir, 'program'), '#!/bin/sh\n', { mode: 0o644 })
  const refused = start([join(dir, 'program')], { dir })
  expect(await refused.done).toBe(1)
  const message = `\`${join(dir, 'program')}\` is not an executable program`
  expect(refused.messages).toEqual([{ kind: 'failed', code: 'not-started', message }])
  const other = mkdtempSync(join(tmpdir(), 'hotcb-keep-'))
  mkdirSync(join(other, 'hotcb.launch.jsonl'))
  const broken = sh('echo x', { dir: other })
  expect(await broken.done).toBe(1)
  expect(broken.messages).toMatchObject([{ kind: 'failed', code: 'not-started' }])
})
