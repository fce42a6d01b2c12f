import { appendFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { processStart } from '@hotcb/journal'
import { openRunDirectory } from '@hotcb/run/node'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type LaunchOptions, planLaunch } from '../src/index.ts'
import { createEvents } from '../src/node/events.ts'
import { createHandle, type LaunchHandle } from '../src/node/handle.ts'
import type { KeeperJob } from '../src/node/keeper-job.ts'
import type { LaunchPorts } from '../src/node/ports.ts'
import { ledger, linesOf, log, temporaryDirectory, training, until, writeState } from './live-run.ts'

const TRAININGS = { simple: training('true') }

interface Handled {
  readonly dir: string
  readonly handle: LaunchHandle
  /** Answers the command with this number once it has been written, and returns it. */
  answered(count?: number): Promise<Readonly<Record<string, unknown>>>
}

/** A handle for a run whose kernel and keeper are this process. */
function handled(options: LaunchOptions = {}, given: Partial<LaunchPorts> = {}): Handled {
  const dir = temporaryDirectory()
  writeState(dir)
  writeFileSync(join(dir, 'hotcb.commands.jsonl'), '')
  const mark = { pid: process.pid, start: processStart(), host: hostname() }
  log(
    dir,
    { kind: 'begin', ts: 1, n: 1, data: { ...mark, token: 't', engine: 'launch' } },
    { kind: 'started', ts: 2, data: mark },
  )
  const ports: LaunchPorts = { trainings: TRAININGS, env: { XDG_STATE_HOME: temporaryDirectory() }, ...given }
  const handle = createHandle({
    run: openRunDirectory(dir),
    plan: planLaunch({ config: 'simple', ...options }, TRAININGS),
    ports,
    job: {} as KeeperJob,
    beside: { url: 'http://x', autopilot: null, close: async () => undefined },
    events: createEvents(),
    rerun: async () => null,
  })
  onTestFinished(() => handle.close())
  const answered = async (count = 1) => {
    await until(() => linesOf(dir, 'commands').length >= count)
    const command = linesOf(dir, 'commands')[count - 1] ?? {}
    ledger(dir, { seq: count, cid: command['cid'], module: command['module'], op: command['op'] })
    return command
  }
  return { dir, handle, answered }
}

test.each<[string, (handle: LaunchHandle) => Promise<unknown>, object]>([
  ['pause', (handle) => handle.pause(), { module: 'core', op: 'pause' }],
  ['resume', (handle) => handle.resume({ note: 'continue' }), { module: 'core', op: 'resume', note: 'continue' }],
  ['save', (handle) => handle.save(), { module: 'core', op: 'checkpoint', params: { action: 'save' } }],
  ['save a tag', (handle) => handle.save('best'), { op: 'checkpoint', params: { action: 'save', tag: 'best' } }],
  ['send', (handle) => handle.send({ module: 'cb', op: 'enable', id: 'x' }), { module: 'cb', op: 'enable', id: 'x' }],
])('%s sends its command, and returns the ledger line', async (_, call, command) => {
  const { handle, answered } = handled({}, { source: 'cli', author: 'ada' })
  const asked = call(handle)
  const written = await answered()
  expect(written).toMatchObject({ source: 'cli', author: 'ada', ...command })
  if (!('params' in command)) expect(written['params'] ?? null).toBeNull()
  expect(await asked).toMatchObject({ cid: written['cid'], decision: 'applied' })
})

function propose(dir: string, id: string): void {
  const command = { cid: `ap-${id}`, module: 'core', op: 'pause', id: 'main', params: null, ts: 1, source: 'autopilot' }
  const line = { action_id: id, ts: Date.now() / 1000, step: 5, kind: 'proposed', source: 'autopilot', rule_id: 'r', reason: 'why', command, cid: command.cid } // biome-ignore format: one line of a log
  appendFileSync(join(dir, 'hotcb.autopilot.jsonl'), `${JSON.stringify(line)}\n`)
}

describe('proposals', () => {
  test('that are open are listed until they are answered', async () => {
    const { dir, handle, answered } = handled({}, { author: 'ada' })
    expect(handle.proposals()).toEqual([])
    propose(dir, 'a1')
    propose(dir, 'a2')
    expect(handle.proposals().map(({ id }) => id)).toEqual(['a1', 'a2'])
    const approved = handle.approve('a1', 'fine')
    expect(await answered()).toMatchObject({ op: 'pause', cid: 'ap-a1', author: 'ada', source: 'api', note: 'fine' })
    expect(await approved).toMatchObject({ cid: 'ap-a1' })
    const rejected = handle.reject('a2')
    expect(await answered(2)).toMatchObject({ op: 'cancel', params: { cid: 'ap-a2' } })
    await rejected
    expect(handle.proposals().map(({ id }) => id)).not.toContain('a1')
  })

  test('that do not exist are refused', async () => {
    const { dir, handle } = handled()
    propose(dir, 'a1')
    await expect(handle.approve('a7')).rejects.toMatchObject({ name: 'LaunchError', code: 'bad-option' })
    await expect(handle.reject('zz')).rejects.toThrow('no proposal `zz`')
  })

  test('that the trainer can no longer answer are an error', async () => {
    const { dir, handle } = handled()
    propose(dir, 'a1')
    writeState(dir, { closed: true })
    await expect(handle.approve('a1')).rejects.toMatchObject({
      code: 'no-answer',
      message: '`a1`: the trainer has not answered',
    })
  })
})

test("a run's model is not available in a mode without a model", () => {
  const { handle } = handled({ autopilot: 'suggest' })
  expect([handle.autopilot, handle.url]).toEqual(['suggest', 'http://x'])
  expect(handle.aiStatus()).toMatchObject({ isAvailable: false, reason: 'the mode is suggest', spentUsd: 0 })
})

test("a run's model has the options of the launch", () => {
  const { handle } = handled({
    autopilot: 'ai_suggest',
    aiModel: 'tiny',
    aiBudget: 2,
    aiCadence: 7,
    keyMetric: 'f1:max',
  })
  expect(handle.keyMetric).toEqual({ name: 'f1', direction: 'max' })
  expect(handle.aiStatus()).toEqual({
    isAvailable: true,
    reason: 'it has not answered yet',
    model: 'tiny',
    budgetUsd: 2,
    spentUsd: 0,
    cadence: 7,
  })
})
