import type { JsonObject } from '@hotcb/protocol'
import type { Hold } from '@hotcb/run/node'
import { AI_RULE_ID } from '../../ai/ai-rule.ts'

/** A model query (`call`), its answer (`reply`), or a report that no model can be queried (`alert`). */
export interface AiLine {
  readonly kind: 'call' | 'reply' | 'alert'
  readonly id: string
  readonly step: number | null
  readonly reason: string
  readonly data: JsonObject | null
}

const EMPTY = { metric: null, confidence: null, command: null, cid: null, by: null, decision: null, seq: null }

/** Appends a line to the autopilot's log. Returns false if it was not written to disk. */
export function logAi(hold: Hold, { kind, id, step, reason, data }: AiLine, nowMs: number): boolean {
  const line = { action_id: id, ts: nowMs / 1000, step, kind, source: 'ai', rule_id: AI_RULE_ID, reason, data }
  return hold.append([{ ...EMPTY, ...line }]) === null
}
