import { FieldReader } from './fields.ts'
import type { JsonObject } from './json.ts'
import { DECISIONS, type Decision } from './ledger.ts'
import type { Result } from './result.ts'

/**
 * The kind of an autopilot line. `begin`, `end`: an autopilot started or stopped writing this log; `alert`: a rule
 * fired, but requested nothing; `proposed`: a request that a person may approve; `approved`, `dismissed`: a person
 * answered; `queued`: its command was appended; `decided`: the kernel answered that command; `outcome`: the effect of
 * the change on the key metric; `call`, `reply`: a request to a model, and its answer; `notify`: people were notified.
 */
export type AutopilotKind =
  | 'begin'
  | 'end'
  | 'alert'
  | 'proposed'
  | 'approved'
  | 'dismissed'
  | 'queued'
  | 'decided'
  | 'outcome'
  | 'call'
  | 'reply'
  | 'notify'

export const AUTOPILOT_KINDS: readonly [AutopilotKind, ...AutopilotKind[]] = [
  'begin',
  'end',
  'alert',
  'proposed',
  'approved',
  'dismissed',
  'queued',
  'decided',
  'outcome',
  'call',
  'reply',
  'notify',
]

export type Confidence = 'high' | 'medium' | 'low'

export const CONFIDENCES: readonly [Confidence, ...Confidence[]] = ['high', 'medium', 'low']

/** One line of `hotcb.autopilot.jsonl`. Lines with the same `action_id` belong together, in order. */
export interface AutopilotLine {
  readonly action_id: string
  /** Epoch seconds. */
  readonly ts: number
  /** The last step seen when it was written. */
  readonly step: number | null
  readonly kind: AutopilotKind
  /** `autopilot` for rules, `ai` for the LLM. */
  readonly source: string
  readonly rule_id: string | null
  readonly metric: string | null
  /** The reason, as text. */
  readonly reason: string | null
  readonly confidence: Confidence | null
  /** The requested change, as a command; null for an alert. */
  readonly command: JsonObject | null
  /** The id of the command that was sent for it. */
  readonly cid: string | null
  /** The person who approved or dismissed it. */
  readonly by: string | null
  /** The kernel's decision. */
  readonly decision: Decision | null
  /** Seq of the ledger line with the decision. */
  readonly seq: number | null
  /**
   * Details that depend on the kind: evidence and plan of a proposal, the effect of an outcome, the holder of a
   * `begin`.
   */
  readonly data: JsonObject | null
  /** The start number of the autopilot that wrote the line; null in older logs, which have no such number. */
  readonly n: number | null
}

/**
 * Reads a line of `hotcb.autopilot.jsonl`.
 *
 * The reader is hand-written and does not use the schema, because programs follow thousands of these lines as they are
 * written.
 */
export function readAutopilotLine(value: unknown): Result<AutopilotLine> {
  const fields = new FieldReader(value, 'an autopilot line')
  return fields.result({
    action_id: fields.name('action_id'),
    ts: fields.number('ts'),
    step: fields.whole('step', null),
    kind: fields.oneOf('kind', AUTOPILOT_KINDS),
    source: fields.text('source', 'autopilot'),
    rule_id: fields.name('rule_id', null),
    metric: fields.text('metric', null),
    reason: fields.text('reason', null),
    confidence: fields.oneOf('confidence', CONFIDENCES, null),
    command: fields.object('command', null),
    cid: fields.text('cid', null),
    by: fields.text('by', null),
    decision: fields.oneOf('decision', DECISIONS, null),
    seq: fields.count('seq', null),
    data: fields.object('data', null),
    n: fields.count('n', null),
  })
}
