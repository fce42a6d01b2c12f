import type { AutopilotKind, AutopilotLine, JsonObject } from '@hotcb/protocol'
import { AI_RULE_ID } from './ai/ai-rule.ts'
import type { ActEvent, AutopilotEvent } from './types.ts'

/** A line's time, and the start that writes it. `n` is omitted if the log adds it. */
export interface LineStamp {
  /** Epoch seconds. */
  readonly ts: number
  readonly n: number | null
}

/**
 * Returns the log line for an event. For an action, it is written before the command is appended, and {@link queuedLine} afterwards, so
 * that a restarted autopilot can see whether the command was appended. A later command of a procedure has only a `queued` line.
 */
export function logLineOf(event: AutopilotEvent, stamp: LineStamp): AutopilotLine {
  switch (event.kind) {
    case 'alert':
      return { ...told(event, 'alert', stamp), data: { evidence: event.evidence } }
    case 'propose':
    case 'act': {
      if (event.kind === 'act' && event.isContinued) return queuedLine(event, stamp)
      const data = {
        evidence: event.evidence,
        plan: event.plan,
        auto: event.kind === 'act',
        procedure: event.procedure,
      }
      // A command is plain JSON, but its interfaces have no index signature.
      const command = event.command as unknown as JsonObject
      return { ...told(event, 'proposed', stamp), command, cid: event.command.cid, data }
    }
    case 'outcome':
      return {
        ...base(event, 'outcome', stamp),
        reason: event.because,
        data: { verdict: event.verdict, ...event.evidence },
      }
    default: {
      const { cid, by, decision, seq, reason } = event
      return { ...base(event, event.kind, stamp), cid, by, decision, seq, reason }
    }
  }
}

/** Returns the line that records that an action's command was appended. */
export function queuedLine(event: ActEvent, stamp: LineStamp): AutopilotLine {
  // A command is plain JSON, but its interfaces have no index signature.
  const command = event.isContinued ? (event.command as unknown as JsonObject) : null
  const data = { procedure: event.procedure }
  return { ...told(event, 'queued', stamp), command, cid: event.command.cid, data }
}

type Told = Extract<AutopilotEvent, { readonly because: string; readonly rule: string }>

function told(event: Told, kind: AutopilotKind, stamp: LineStamp): AutopilotLine {
  const { rule, metric, because, confidence } = event
  const source = rule === AI_RULE_ID ? 'ai' : 'autopilot'
  return { ...base(event, kind, stamp), source, rule_id: rule, metric, reason: because, confidence }
}

function base(
  { id, step }: { readonly id: string; readonly step: number },
  kind: AutopilotKind,
  { ts, n }: LineStamp,
): AutopilotLine {
  return {
    action_id: id,
    ts,
    step,
    kind,
    source: 'autopilot',
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
    n,
  }
}
