import { FieldReader } from './fields.ts'
import type { JsonObject } from './json.ts'
import { DECISIONS, type Decision } from './ledger.ts'
import type { Result } from './result.ts'

/**
 * The kind of an autopilot line. `begin`, `end`: an autopilot took the log, or left it; `alert`: a rule fired without a
 * request; `proposed`: a request that a person may approve; `approved`, `dismissed`: a person answered; `queued`: its
 * command was appended; `decided`: the kernel answered that command; `outcome`: the effect of the change on the key
 * metric; `call`, `reply`: a request to a model, and its answer; `notify`: people were notified.
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
  /** The command that it became. */
  readonly cid: string | null
  /** The person who approved or dismissed it. */
  readonly by: string | null
  /** How the kernel decided. */
  readonly decision: Decision | null
  /** The ledger line that decided. */
  readonly seq: number | null
  /**
   * Details that depend on the kind: evidence and plan of a proposal, the effect of an outcome, the holder of a
   * `begin`.
   */
  readonly data: JsonObject | null
  /** The start number of the autopilot that wrote it; null in logs from before there was one. */
  readonly n: number | null
}

/**
 * Reads a line of `hotcb.autopilot.jsonl`.
 *
 * Hand-written, not by its schema: readers follow thousands of these lines while they are written.
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
