import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { answer, type Executor, unanswered } from '../src/executor/executor.ts'
import type { SweepEvent, Want } from '../src/journal/event.ts'
import { carryOutRequests } from '../src/node/carry-out-requests.ts'
import { configInForce, underClaim } from '../src/node/workspace.ts'
import { attemptIn, writtenWorkspace } from './written-workspace.ts'

// How a trial is asked to stop, and is ended, with a clock and an executor provided by the test.

const YAML = `name: t
launcher: ./l.sh
grid: all
prune_grace_seconds: 100
local: {kill_wait: 20}
parameters:
  lr: {type: discrete, values: [0.1, 0.2]}
`

async function setUp(want: Want, { kill = false, state = 'running' as 'running' | 'queued', yaml = YAML } = {}) {
  const wish: SweepEvent = { type: 'wish', trials: [0], want, ...(kill && { kill }) }
  const sweep = await writtenWorkspace(yaml, [{ lr: 0.1 }, { lr: 0.2 }], ...attemptIn(0, state), wish)
  const { workspace } = sweep
  const cancelled: string[] = []
  let answers = true
  const executor = {
    name: 'local',
    cancel: async (open, force) => {
      cancelled.push(`${open.map(({ i, n }) => `${i}-${n}`)} ${force ? 'KILL' : 'TERM'}`)
      return answers ? answer(open.map(({ i, n }) => [i, n] as const)) : unanswered('it does not answer')
    },
  } as Executor // Only the name and `cancel` are used.
  const signal = join(workspace.paths.results, '0/_signal')
  /** Makes a check some seconds from now: events are recorded with the journal's time. */
  const lookIn = (seconds: number) => {
    const clock = { ...workspace.clock, now: () => workspace.clock.now() + seconds }
    return underClaim(workspace, 'test', (writer) => carryOutRequests({ ...workspace, clock }, configInForce(workspace), executor, writer)) // biome-ignore format: short
  }
  const told = () => workspace.journal.fold.trials.get(0)?.attempts[0]?.told.map(({ what }) => what)
  const silence = (): void => {
    answers = false
  }
  return { ...sweep, lookIn, told, cancelled, signal, silence }
}

describe('a trial that is asked to stop', () => {
  test.each([
    ['prune', 'prune'],
    ['pause', 'pause'],
  ] as const)('by %s is notified immediately, and is ended when its time is over', async (want, word) => {
    // biome-ignore format: pairs
    const { lookIn, told, cancelled, signal } = await setUp(want)
    expect(await lookIn(0)).toBe(null)
    expect([readFileSync(signal, 'utf8'), told(), cancelled]).toEqual([word, ['signal'], []])
    await lookIn(50)
    expect(cancelled).toEqual([])
    await lookIn(101)
    expect([cancelled, told()]).toEqual([['0-1 TERM'], ['signal', 'TERM']])
    await lookIn(10)
    expect(cancelled).toHaveLength(1)
    await lookIn(21)
    expect([cancelled[1], told()]).toEqual(['0-1 KILL', ['signal', 'TERM', 'KILL']])
    await lookIn(500)
    expect(cancelled).toHaveLength(2)
  })

  test('by `stop` is ended without notice, and one that must be killed is killed immediately', async () => {
    const stop = await setUp('stop')
    await stop.lookIn(0)
    expect([stop.cancelled, stop.told()]).toEqual([['0-1 TERM'], ['TERM']])
    const kill = await setUp('stop', { kill: true })
    await kill.lookIn(0)
    expect(kill.cancelled).toEqual(['0-1 KILL'])
    const waiting = await setUp('prune', { state: 'queued', kill: true })
    await waiting.lookIn(0)
    expect(waiting.cancelled).toEqual(['0-1 TERM'])
  })

  test('is notified again if the driver was killed between the record and the notice', async () => {
    const { lookIn, told, signal } = await setUp('prune')
    await lookIn(0)
    rmSync(signal)
    await lookIn(1)
    expect([readFileSync(signal, 'utf8'), told()]).toEqual(['prune', ['signal']])
  })

  test('is never ended if its time is unlimited, and not at all if the request is to hold it', async () => {
    const { lookIn, cancelled } = await setUp('prune', { yaml: YAML.replace('100', '0') })
    await lookIn(0)
    await lookIn(1e6)
    expect(cancelled).toEqual([])
    const held = await setUp('hold')
    await held.lookIn(0)
    expect([held.told(), held.cancelled]).toEqual([[], []])
  })

  test('stays unchanged if the executor does not answer, and the reason is reported', async () => {
    const { lookIn, told, silence } = await setUp('stop')
    silence()
    expect(await lookIn(0)).toBe('it does not answer')
    expect(told()).toEqual([])
  })

  test.each([
    ['pause', [{ op: 'checkpoint', params: { action: 'save', tag: 'herd-1' } }, { op: 'stop' }]],
    ['prune', [{ op: 'stop' }]],
  ] as const)('by %s also receives commands if it has a kernel', async (want, commands) => {
    const { lookIn, result, workspace, signal } = await setUp(want)
    result('0/hotcb.applied.jsonl', '')
    const freeze = { mode: 'off', recipe_path: null, adjust_path: null, policy: 'best_effort', step_offset: 0 }
    const kernel = { name: 'k', version: '1', pid: 1, host: 'h', attempt: 1, start: null }
    result('0/hotcb.state.json', JSON.stringify({ protocol: 1, kernel, step: 1, paused: false, closed: false, freeze, held: [] })) // biome-ignore format: short
    await lookIn(0)
    const text = readFileSync(join(workspace.paths.results, '0/hotcb.commands.jsonl'), 'utf8')
    const lines: readonly object[] = text.trim().split('\n').map((line) => JSON.parse(line)) // biome-ignore format: short
    expect(lines).toMatchObject(commands.map((one) => ({ module: 'core', source: 'sweep', ...one })))
    expect(lines).toHaveLength(commands.length)
    expect(readFileSync(signal, 'utf8')).toBe(want)
  })
})
