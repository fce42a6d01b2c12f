// A run with an autopilot's log, for tests of the commands that read and answer its proposals.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StateDocument } from '@hotcb/protocol'
import { control, stateDocument, writeRun } from './answerer.ts'
import { temporaryDirectory } from './surroundings.ts'

/** A log line. */
export function logLine(id: string, kind: string, rest: object = {}): object {
  return {
    ...{ action_id: id, ts: 1_790_000_000, step: 11, kind, source: 'autopilot', rule_id: 'falls', metric: 'loss' },
    ...{ reason: 'loss < 1.5 is true', confidence: 'high', command: null, cid: null, by: null, decision: null },
    ...{ seq: null, n: 1 },
    ...rest,
  }
}

/** A proposal to halve the rate. */
export function proposed(id: string, rest: object = {}): object {
  const cid = `ap-${id}`
  const command = {
    source: 'autopilot',
    module: 'opt',
    op: 'set_params',
    params: { lr: 0.05 },
    expect: { lr: 0.1 },
    cid,
  }
  const data = { evidence: { lr: { from: 0.1, to: 0.05 }, level: 1.4567891 }, plan: [], auto: false, procedure: null }
  return logLine(id, 'proposed', { command, cid, data, ...rest })
}

/** The `begin` line of an autopilot on another machine. */
export const BEGIN: object = {
  ...{ step: null, source: 'autopilot', action_id: 'a1-0', reason: 'mode suggest', metric: 'loss', kind: 'begin' },
  ...{ ts: 1_790_000_000, n: 1 },
  data: { token: 'x', host: 'elsewhere', pid: 1, start: null, engine: 'autopilot' },
}

/** Creates a run with these lines in its autopilot's log. */
export function newRun(lines: readonly object[], state: Partial<StateDocument> | null = { closed: true }): string {
  const dir = temporaryDirectory()
  writeRun(dir, {
    commands: '',
    ledger: '',
    actuators: { controls: [control('lr'), control('ce', 'loss')] },
    ...(state !== null && { state: stateDocument(state) }),
  })
  writeFileSync(join(dir, 'hotcb.autopilot.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  return dir
}
