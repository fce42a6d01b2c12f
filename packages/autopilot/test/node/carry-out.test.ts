import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runFiles } from '@hotcb/protocol'
import { type Hold, openHold } from '@hotcb/run/node'
import { expect, onTestFinished, test } from 'vitest'
import { createActor } from '../../src/node/carry-out.ts'
import type { ActEvent, ActionRecord, AutopilotEvent } from '../../src/types.ts'
import { type SteeredRun, steeredRun } from './steered-run.ts'

const COMMAND = {
  ...{ module: 'opt', op: 'set_params', params: { lr: 0.025 }, cid: 'ap-a1-1', source: 'autopilot', note: 'r: x' },
}
const ACT: ActEvent = {
  ...{ kind: 'act', id: 'a1-1', step: 5, rule: 'r', metric: 'loss', confidence: 'high', because: 'x', evidence: {} },
  ...{ command: COMMAND, plan: [], isContinued: false, procedure: null },
}

function acting(): { steered: SteeredRun; hold: Hold; actor: ReturnType<typeof createActor> } {
  const steered = steeredRun()
  const hold = openHold(steered.dir, runFiles.autopilot, {
    engine: 'autopilot',
    fields: (n) => ({ action_id: `a${n}-0` }),
  })
  onTestFinished(() => hold.close())
  return { steered, hold, actor: createActor(steered.run, hold, () => 50_000) }
}

const logOf = ({ run }: SteeredRun): unknown =>
  [...run.records('autopilot')].slice(1).map(({ value: { kind, action_id: id, ts, n, cid } }) => [kind, id, ts, n, cid])

function sentBy({ dir }: SteeredRun): readonly unknown[] {
  const path = join(dir, runFiles.commands)
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : []
  return lines.map((text) => JSON.parse(text)).map(({ cid, params, source }) => [cid, params, source])
}

test('an action is written as a line in the log, then a command, then a line that records that it was sent', () => {
  const { steered, actor } = acting()
  expect(actor.carryOut([ACT])).toEqual([])
  expect(logOf(steered)).toEqual([
    ['proposed', 'a1-1', 50, 1, 'ap-a1-1'],
    ['queued', 'a1-1', 50, 1, 'ap-a1-1'],
  ])
  expect(sentBy(steered)).toEqual([['ap-a1-1', { lr: 0.025 }, 'autopilot']])
})

test('a later command in a procedure has one line, and other events have no command', () => {
  const { steered, actor } = acting()
  const base = { id: 'a1-2', step: 5, rule: 'r', metric: null, confidence: 'high', because: 'x', evidence: {} } as const
  const outcome: AutopilotEvent = {
    kind: 'outcome',
    id: 'a1-1',
    step: 9,
    verdict: 'better',
    because: 'y',
    evidence: {},
  }
  const events: readonly AutopilotEvent[] = [{ ...base, kind: 'alert' }, { ...ACT, isContinued: true }, outcome]
  expect(actor.carryOut(events)).toEqual([])
  expect(logOf(steered)).toEqual([
    ['alert', 'a1-2', 50, 1, null],
    ['queued', 'a1-1', 50, 1, 'ap-a1-1'],
    ['outcome', 'a1-1', 50, 1, null],
  ])
  expect(sentBy(steered)).toHaveLength(1)
})

test('a command that cannot be sent is answered as if the kernel had refused it', () => {
  const { steered, actor } = acting()
  const bad: ActEvent = { ...ACT, command: { ...COMMAND, params: { lr: -1 } } }
  const answers = actor.carryOut([bad])
  expect(answers).toMatchObject([
    {
      ...{ seq: 0, step: null, module: 'core', op: 'unsent', id: 'main', source: 'autopilot', params: null },
      ...{ decision: 'rejected', cid: 'ap-a1-1', wall_time: 50, error: expect.stringMatching(/lr/) },
    },
  ])
  expect([logOf(steered), sentBy(steered)]).toEqual([[['proposed', 'a1-1', 50, 1, 'ap-a1-1']], []])
})

test('nothing is sent to a different kind of kernel', () => {
  const { steered, actor } = acting()
  const line = { seq: 9, step: 3, module: 'opt', op: 'set_params', id: 'main', source: 'external', decision: 'applied' }
  appendFileSync(join(steered.dir, runFiles.ledger), `${JSON.stringify(line)}\n`)
  expect(actor.carryOut([ACT])).toMatchObject([
    { error: "the kernel of this run is not hotcb's: it honours neither `expect` nor `expires`" },
  ])
  expect(sentBy(steered)).toEqual([])
})

test('an autopilot that another one has replaced does nothing', () => {
  const { steered, actor } = acting()
  const other = openHold(steered.dir, runFiles.autopilot, {
    engine: 'autopilot',
    takeOver: true,
    fields: (n) => ({ action_id: `a${n}-0` }),
  })
  onTestFinished(() => other.close())
  expect([actor.carryOut([ACT]), sentBy(steered)]).toEqual([[], []])
})

const RECORD = { id: 'a1-1', state: 'queued', cid: 'ap-a1-1', command: COMMAND, next: null } as unknown as ActionRecord

test('a restart sends a logged command once if neither the command files nor the ledger contain it', () => {
  const { steered, actor } = acting()
  expect(actor.resume([RECORD])).toEqual([])
  expect(actor.resume([RECORD])).toEqual([])
  expect(sentBy(steered)).toEqual([['ap-a1-1', { lr: 0.025 }, 'autopilot']])
  steered.step()
  expect(actor.resume([RECORD])).toEqual([])
  expect(sentBy(steered)).toHaveLength(1)
  const next = { ...COMMAND, cid: 'ap-a1-1.2', params: { lr: 0.01 } }
  actor.resume([{ ...RECORD, cid: 'ap-a1-1.2', next } as never])
  expect(sentBy(steered)).toEqual([expect.anything(), ['ap-a1-1.2', { lr: 0.01 }, 'autopilot']])
})

test('a restart sends neither proposals nor finished actions', () => {
  const { steered, actor } = acting()
  for (const more of [{ state: 'open' }, { state: 'applied' }, { state: 'failed' }, { cid: null }, { command: null }])
    expect(actor.resume([{ ...RECORD, ...more } as never]), JSON.stringify(more)).toEqual([])
  expect(sentBy(steered)).toEqual([])
  const bad = { ...RECORD, command: { ...COMMAND, params: { lr: -1 } } } as ActionRecord
  expect(actor.resume([bad])).toMatchObject([{ op: 'unsent', cid: 'ap-a1-1', decision: 'rejected', wall_time: 50 }])
})
