import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openRunDirectory, type Run } from '@hotcb/run/node'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createStopper, withdrawStops } from '../src/node/stopper.ts'
import type { TrainerProcess } from '../src/node/trainer-process.ts'
import { ledger, linesOf, temporaryDirectory, writeControls, writeState } from './live-run.ts'

afterEach(() => void vi.useRealTimers())

interface Stopping {
  readonly dir: string
  readonly run: Run
  readonly stopper: ReturnType<typeof createStopper>
  /** The signals that the training received, and the steps that were reported. */
  readonly did: unknown[]
  commands(): readonly unknown[]
}

/** @param prepare Prepares the run directory. */
function stopping(prepare: (dir: string) => void = () => undefined): Stopping {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const dir = temporaryDirectory()
  prepare(dir)
  const did: unknown[] = []
  const trainer: TrainerProcess = {
    mark: { pid: 4_000_000, start: null, host: null },
    ended: new Promise(() => undefined),
    signal: (signal) => void did.push(signal),
    hasGroup: () => true,
  }
  const run = openRunDirectory(dir)
  const stopper = createStopper(run, trainer, {
    stopSeconds: 30,
    killSeconds: 10,
    onStep: (how, reason, cid) => void did.push([how, reason, cid]),
  })
  const commands = () => linesOf(dir, 'commands').map(({ module, op, params }) => [module, op, params])
  return { dir, run, stopper, did, commands }
}

test('a training run with a kernel gets a stop command, later SIGTERM, later SIGKILL', () => {
  const { stopper, did, dir, commands } = stopping(writeState)
  expect(stopper.asked).toBeNull()
  stopper.ask('max-time')
  const [line] = linesOf(dir, 'commands')
  expect(line).toMatchObject({ source: 'launch', module: 'core', op: 'stop', params: { reason: 'max-time' } })
  expect(did).toEqual([['stop', 'max-time', line?.['cid']]])
  vi.advanceTimersByTime(29_999)
  expect(did).toHaveLength(1)
  vi.advanceTimersByTime(1)
  expect(did.slice(1)).toEqual(['SIGTERM', ['SIGTERM', 'max-time', null]])
  vi.advanceTimersByTime(9999)
  expect(did).toHaveLength(3)
  vi.advanceTimersByTime(1)
  expect(did.slice(3)).toEqual(['SIGKILL', ['SIGKILL', 'max-time', null]])
  vi.advanceTimersByTime(100_000)
  expect([did.length, commands().length, stopper.asked]).toEqual([5, 1, 'max-time'])
})

test('each further request escalates immediately, and the first reason is kept', () => {
  const { stopper, did } = stopping(writeState)
  for (const reason of ['interrupted', 'max-time', 'max-steps', 'interrupted']) stopper.ask(reason)
  expect(did.filter((one) => typeof one === 'string')).toEqual(['SIGTERM', 'SIGKILL', 'SIGKILL'])
  expect(stopper.asked).toBe('interrupted')
  vi.advanceTimersByTime(100_000)
  expect(did).toHaveLength(7)
})

describe('SIGTERM is the first step', () => {
  test.each<[string, (dir: string) => void]>([
    ['without a kernel', () => undefined],
    ['if the kernel is closed', (dir) => writeState(dir, { closed: true })],
    [
      'if another kernel serves the run',
      (dir) => {
        writeState(dir)
        writeFileSync(
          join(dir, 'hotcb.applied.jsonl'),
          '{"step":1,"module":"core","op":"pause","decision":"applied"}\n',
        )
      },
    ],
    ['if the kernel is newer', (dir) => writeState(dir, { protocol: 99 })],
    [
      'if nothing can be written',
      (dir) => {
        writeState(dir)
        mkdirSync(join(dir, 'hotcb.commands.jsonl'))
      },
    ],
  ])('%s', (_, prepare) => {
    const { stopper, did } = stopping(prepare)
    stopper.ask('interrupted')
    expect(did).toEqual(['SIGTERM', ['SIGTERM', 'interrupted', null]])
    stopper.close()
    vi.advanceTimersByTime(100_000)
    expect(did).toHaveLength(2)
  })
})

test('a stop command that no kernel has answered is canceled at the end, so that it does not stop the next start', () => {
  const { stopper, dir, commands, did } = stopping(writeState)
  stopper.ask('interrupted')
  const cid = linesOf(dir, 'commands')[0]?.['cid']
  stopper.close()
  expect(commands().slice(1)).toEqual([['core', 'cancel', { cid, queued: true }]])
  vi.advanceTimersByTime(100_000)
  expect(did).toHaveLength(1)
})

test('a stop command that was answered, or was never sent, is not canceled', () => {
  const { stopper, dir, commands } = stopping(writeState)
  stopper.close()
  stopper.ask('interrupted')
  ledger(dir, { op: 'stop', cid: String(linesOf(dir, 'commands')[0]?.['cid']) })
  stopper.close()
  expect(commands()).toHaveLength(1)
})

test('of the stop commands of an earlier start, only those that no kernel has answered are canceled', () => {
  const { run, dir, commands } = stopping((dir) => {
    ledger(dir, { op: 'stop', cid: 'c1' })
    ledger(dir, { op: 'set', cid: 'other', notes: 'like c2' })
    writeControls(dir, [])
    writeState(dir)
  })
  withdrawStops(run, ['c1', 'c2', 'c3'])
  expect(commands()).toEqual([
    ['core', 'cancel', { cid: 'c2', queued: true }],
    ['core', 'cancel', { cid: 'c3', queued: true }],
  ])
  withdrawStops(run, ['c1'])
  withdrawStops(run, [])
  expect(commands()).toHaveLength(2)
  writeState(dir, { protocol: 99 })
  expect(() => withdrawStops(run, ['c4'])).not.toThrow()
})
