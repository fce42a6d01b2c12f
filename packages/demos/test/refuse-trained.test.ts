import { writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Liveness } from '@hotcb/run'
import { beforeEach, expect, test, vi } from 'vitest'
import { newOwner, refuseTrained } from '../src/run/refuse-trained.ts'
import { temporaryDir } from './run-support.ts'

const sleeps = vi.hoisted((): { ms: number[]; during: (() => void) | null } => ({ ms: [], during: null }))
vi.mock('node:timers/promises', () => ({
  setTimeout: async (ms: number) => {
    sleeps.ms.push(ms)
    sleeps.during?.()
  },
}))

const settled = vi.hoisted((): { life: object } => ({ life: {} }))
vi.mock('@hotcb/run/node', async (load) => ({
  ...(await load<typeof import('@hotcb/run/node')>()),
  settleLiveness: async () => settled.life,
}))

beforeEach(() => {
  sleeps.ms = []
  sleeps.during = null
})

function stateOf(kernel: object): object {
  const own = { name: '@hotcb/kernel', version: '1', pid: 7, host: 'elsewhere', attempt: 2, start: null, ...kernel }
  return { protocol: 1, kernel: own, step: 1, freeze: { mode: 'off' }, paused: false, closed: false }
}

function judged(verdict: Liveness['verdict'], by: Liveness['by'], more: object = { state: stateOf({}) }): void {
  settled.life = { verdict, by, ...more }
}

const refused = (isTakenOver = false) => refuseTrained('/runs/a', 'hotcb', { isTakenOver })

test('a run that a live process is training is refused, and the message contains both solutions', async () => {
  judged('alive', 'file-clock')
  await expect(refused()).rejects.toMatchObject({
    code: 'bad-run',
    message:
      '`/runs/a` is being trained by process 7 on elsewhere: stop it with `hotcb --dir /runs/a stop`, ' +
      'or take the run over with `hotcb demo --dir /runs/a --continue --take-over`',
  })
})

test.each<[object, string]>([
  [{ state: stateOf({}) }, 'process 7 on elsewhere'],
  [{ state: stateOf({ host: null }) }, 'process 7'],
  [{ state: stateOf({ pid: null }) }, 'process ? on elsewhere'],
  [{ protocol: 9 }, 'a kernel of protocol 9'],
  [{}, 'a kernel of protocol 1'],
])('the note about a takeover from %o names the process as far as it is known: %s', async (more, who) => {
  judged('alive', 'change', more)
  expect(await refused(true)).toBe(`Taking over from ${who}, which can no longer write to \`/runs/a\`.`)
})

test('a run whose process ended, or that this process trained itself, continues without a note', async () => {
  judged('dead', 'closed')
  expect(await refused()).toBeNull()
  judged('alive', 'process', { state: stateOf({ pid: process.pid }) })
  expect(await refused()).toBeNull()
  // Another host may have a process with the same number.
  judged('alive', 'file-clock', { state: stateOf({ pid: process.pid }) })
  await expect(refused()).rejects.toThrow('is being trained by')
  judged('alive', 'process', {})
  await expect(refused()).rejects.toThrow('is being trained by')
})

test('a run about which nothing is known continues with a warning', async () => {
  judged('unknown', 'unreadable')
  expect(await refused()).toBe(
    'Another process may still train `/runs/a` (its state document cannot be read). If one does, this one takes over.',
  )
})

/** A run directory with the state document of a kernel. */
function runOf(kernel: object): { readonly dir: string; write(next: object): void } {
  const dir = temporaryDir()
  const write = (next: object) => writeFileSync(join(dir, 'hotcb.state.json'), JSON.stringify(stateOf(next)))
  write(kernel)
  return { dir, write }
}

const OURS = { pid: process.pid, host: hostname() }

test('the new owner of a run is named as soon as its state document appears', async () => {
  const { dir, write } = runOf(OURS)
  sleeps.during = () => {
    if (sleeps.ms.length === 3) write({ ...OURS, pid: 1 })
  }
  expect(await newOwner(dir)).toBe(`process 1 on ${hostname()}`)
  expect(sleeps.ms).toEqual([50, 50, 50])
})

test('a process with the same number on another host is a new owner', async () => {
  expect(await newOwner(runOf({ ...OURS, host: 'elsewhere' }).dir)).toBe(`process ${process.pid} on elsewhere`)
  expect(sleeps.ms).toEqual([])
})

test('an owner that does not appear within two seconds is called another process', async () => {
  expect(await newOwner(runOf(OURS).dir)).toBe('another process')
  expect(sleeps.ms).toEqual(Array.from({ length: 41 }, () => 50))
})
