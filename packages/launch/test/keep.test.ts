import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processState } from '@hotcb/journal'
import { openRunDirectory } from '@hotcb/run/node'
import { expect, onTestFinished, test } from 'vitest'
import { keep } from '../src/node/keep.ts'
import type { KeeperJob, KeeperMessage } from '../src/node/keeper-job.ts'
import { lastOutput, readProcess } from '../src/node.ts'

interface Kept {
  readonly dir: string
  readonly messages: KeeperMessage[]
  readonly done: Promise<number>
}

/** Keeps a program in this process, as the keeper does in its own. */
function start(argv: readonly string[], given: Partial<KeeperJob> = {}): Kept {
  const dir = given.dir ?? mkdtempSync(join(tmpdir(), 'hotcb-keep-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }))
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

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** Waits for text in the output of a training run. */
async function printed({ dir }: Kept, text: string): Promise<void> {
  const path = join(dir, 'hotcb.out')
  await until(() => existsSync(path) && readFileSync(path, 'utf8').includes(text))
}

/** What ctrl-C, `stop` and a page do. */
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

test('a training run that is asked to end gets SIGTERM, as it has no kernel', async () => {
  const kept = sh('echo up; exec sleep 600')
  await printed(kept, 'up')
  ask()
  await kept.done
  expect(endOf(kept)).toEqual({ exitCode: null, signal: 'SIGTERM', asked: 'interrupted', hadLeftovers: false })
})

test('a request to end that comes while the training is being started is not lost', async () => {
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

test('processes that a training run leaves behind are ended and recorded', async () => {
  const kept = sh("sleep 600 & echo $!; (trap '' TERM; while true; do sleep 0.05; done) & echo $!")
  await kept.done
  expect(endOf(kept)).toEqual({ exitCode: 0, signal: null, asked: null, hadLeftovers: true })
  const pids = lastOutput(openRunDirectory(kept.dir), 4096).trim().split('\n').map(Number)
  expect(pids).toHaveLength(2)
  await until(() => pids.every((pid) => processState(pid, null) !== 'running'))
})

test('a training run that prints without end keeps the last of it, in a file of bounded size', async () => {
  const kept = sh('head -c 60000000 /dev/zero; echo; echo the end')
  await kept.done
  expect(statSync(join(kept.dir, 'hotcb.out')).size).toBeLessThan(9 * 1024 * 1024)
  const text = ['hotcb.out.1', 'hotcb.out'].map((name) => readFileSync(join(kept.dir, name), 'utf8')).join('')
  expect(text).toMatch(/\[hotcb: \d+ bytes of output were removed here/)
  expect(text).toContain('the end')
})

test('a program that does not exist is reported, and the log says that nothing was started', async () => {
  const kept = start(['no-such-program'])
  expect(await kept.done).toBe(1)
  expect(kept.messages).toEqual([
    {
      kind: 'failed',
      code: 'not-started',
      message: 'there is no program `no-such-program`, or the working directory is gone',
    },
  ])
  expect(readProcess(openRunDirectory(kept.dir))).toMatchObject({
    trainer: null,
    failure: expect.stringContaining('no program'),
  })
})

test('a run has one keeper: a second one is refused, and the next start begins only after the end', async () => {
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

test('a time limit counts from the first step', async () => {
  const line = '{\\"step\\": 0, \\"metrics\\": {\\"loss\\": 1}}'
  const kept = sh(`sleep 0.6; echo "${line}" >> hotcb.metrics.jsonl; exec sleep 600`, { maxTimeSeconds: 0.3 })
  await kept.done
  expect(endOf(kept)).toMatchObject({ signal: 'SIGTERM', asked: 'max-time' })
  expect(readFileSync(join(kept.dir, 'hotcb.metrics.jsonl'), 'utf8')).toContain('"step": 0')
})
