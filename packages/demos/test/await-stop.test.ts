import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { processStartOf } from '@hotcb/journal'
import { openRunDirectory } from '@hotcb/run/node'
import { expect, onTestFinished, test, vi } from 'vitest'
import { lifeAfterStop } from '../src/run/await-stop.ts'
import { command, temporaryDir } from './run-support.ts'

const sleeps = vi.hoisted((): { during: () => Promise<void> } => ({ during: async () => undefined }))
vi.mock('node:timers/promises', () => ({ setTimeout: () => sleeps.during() }))

/** A run whose trainer, a live process, has written these lines to its ledger. */
function liveRun(...ops: readonly string[]): { readonly dir: string; readonly trainer: ChildProcess } {
  const dir = temporaryDir()
  const trainer = spawn('sleep', ['600'], { stdio: 'ignore' })
  onTestFinished(() => void trainer.kill('SIGKILL'))
  const pid = trainer.pid ?? 0
  const kernel = { name: '@hotcb/kernel', version: '1', pid, host: hostname(), attempt: 1, start: processStartOf(pid) }
  const state = { protocol: 1, kernel, step: 1, freeze: { mode: 'off' }, paused: false, closed: false }
  writeFileSync(join(dir, 'hotcb.state.json'), JSON.stringify(state))
  for (const [i, op] of ops.entries()) {
    const line = { seq: i + 1, step: i, module: 'core', op, source: 'cli', decision: 'applied', cid: null }
    appendFileSync(join(dir, 'hotcb.applied.jsonl'), `${JSON.stringify(line)}\n`)
  }
  return { dir, trainer }
}

/** The verdict, and how often the check waited. The trainer ends during the second wait. */
async function checked({ dir, trainer }: ReturnType<typeof liveRun>): Promise<readonly [string, number]> {
  const ended = once(trainer, 'exit')
  let waits = 0
  sleeps.during = async () => {
    waits++
    if (waits === 2) trainer.kill('SIGKILL')
    if (waits >= 2) await ended
  }
  const { verdict } = await lifeAfterStop(openRunDirectory(dir))
  return [verdict, waits]
}

test('the end of a trainer that has taken a `stop` is awaited', async () => {
  expect(await checked(liveRun('attempt', 'stop'))).toEqual(['dead', 2])
  // It saves a checkpoint before it ends.
  expect(await checked(liveRun('attempt', 'stop', 'checkpoint'))).toEqual(['dead', 2])
})

test('so is the end of a trainer that has not read its `stop` yet', async () => {
  const run = liveRun('attempt')
  command(run.dir, { cid: 'a', module: 'core', op: 'stop' })
  expect(await checked(run)).toEqual(['dead', 2])
})

test('a trainer that was not asked to stop, only later, or only in an earlier attempt is alive at once', async () => {
  expect(await checked(liveRun('attempt'))).toEqual(['alive', 0])
  expect(await checked(liveRun('attempt', 'stop', 'attempt'))).toEqual(['alive', 0])
  const run = liveRun('attempt')
  command(run.dir, { cid: 'a', module: 'core', op: 'stop', at: { step: 100 } })
  expect(await checked(run)).toEqual(['alive', 0])
})

test('a trainer that does not end in time is still alive after 30 seconds', async () => {
  let waits = 0
  sleeps.during = async () => void waits++
  const { verdict } = await lifeAfterStop(openRunDirectory(liveRun('attempt', 'stop').dir))
  expect([verdict, waits]).toEqual(['alive', 150])
})
