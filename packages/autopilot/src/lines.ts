import type { AutopilotLine, JsonObject } from '@hotcb/protocol'
import type { ActEvent, AutopilotEvent, ProposeEvent } from './types.ts'

/** A line of the log without the start number, which the holder of the log adds. */
export type LogLine = Omit<AutopilotLine, 'n'>

/** What an event is in the log. An act is a proposal that needs no approval: `data.auto` is true. @param ts Epoch seconds. */
export function lineOf(event: AutopilotEvent, ts: number, source = 'autopilot'): LogLine {
  const base = { ...EMPTY, action_id: event.id, ts, step: event.step, source }
  switch (event.kind) {
    case 'alert':
      return { ...base, ...fired(event), kind: 'alert', data: { evidence: event.evidence } }
    case 'propose':
    case 'act':
      return { ...base, ...asked(event), kind: 'proposed', data: dataOf(event) }
    case 'outcome':
      return {
        ...base,
        kind: 'outcome',
        reason: event.because,
        data: { verdict: event.verdict, evidence: event.evidence },
      }
    default: {
      const { kind, cid, by, decision, seq, reason } = event
      return { ...base, kind, cid, by, decision, seq, reason }
    }
  }
}

/** The line that follows once the command of an act was appended. */
export function queuedLine(event: ActEvent, ts: number, source = 'autopilot'): LogLine {
  const { id, step, command, procedure } = event
  const base = { ...EMPTY, action_id: id, ts, step, source, rule_id: event.rule }
  return { ...base, kind: 'queued', cid: command.cid, data: procedure === null ? null : { procedure } }
}

const EMPTY = {
  rule_id: null,
  metric: null,
  reason: null,
  confidence: null,
  command: null,
  cid: null,
  by: null,
  decision: null,
  seq: null,
  data: null,
}

type Fired = Extract<AutopilotEvent, { readonly rule: string }>

function fired({ rule, metric, because, confidence }: Fired): Partial<LogLine> {
  return { rule_id: rule, metric, reason: because, confidence }
}

function asked(event: ProposeEvent | ActEvent): Partial<LogLine> {
  const { command } = event
  // A submitted op is JSON all the way down.
  return { ...fired(event), command: { ...command } as unknown as JsonObject, cid: command.cid }
}

function dataOf(event: ProposeEvent | ActEvent): AutopilotLine['data'] {
  const data = { evidence: event.evidence, plan: event.plan }
  if (event.kind === 'propose') return data
  return { ...data, auto: true, ...(event.isContinued && { continued: true }), procedure: event.procedure }
}
