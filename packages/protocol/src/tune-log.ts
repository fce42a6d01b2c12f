import { FieldReader } from './fields.ts'
import type { JsonObject } from './json.ts'
import type { Result } from './result.ts'

/** The outcome of a mutation. */
export type MutationStatus = 'suggested' | 'applied' | 'accepted' | 'rejected' | 'rolled_back' | 'failed' | 'evaluated'

export const MUTATION_STATUSES: readonly [MutationStatus, ...MutationStatus[]] = [
  'suggested',
  'applied',
  'accepted',
  'rejected',
  'rolled_back',
  'failed',
  'evaluated',
]

/** One line of `hotcb.tune.mutations.jsonl`; a later line for the same mutation replaces an earlier one. */
export interface TuneMutation {
  readonly mutation_id: string
  readonly step: number
  readonly epoch: number | null
  readonly phase_bin: string
  readonly event: string | null
  readonly actuator: string
  /** `{op, value}`, or `{op, key, value}`. */
  readonly patch: JsonObject
  readonly proposal_source: string | null
  readonly context: JsonObject
  readonly snapshot_ref: string | null
  readonly status: MutationStatus
}

/** One line of `hotcb.tune.segments.jsonl`: the effect of a mutation on the metrics. */
export interface TuneSegment {
  readonly segment_id: string
  readonly mutation_id: string
  readonly start_step: number
  readonly end_step: number
  readonly horizon_type: string
  readonly pre: Readonly<Record<string, number | null>>
  readonly post: Readonly<Record<string, number | null>>
  readonly delta: Readonly<Record<string, number | null>>
  readonly stability: { readonly nan: boolean; readonly anomaly: boolean; readonly grad_spike: boolean }
  readonly decision: string
  readonly score_delta: number | null
}

/** The document `hotcb.tune.summary.json`; `TuneSummarySchema` reads it. */
export interface TuneSummary {
  readonly total_mutations: number
  readonly applied_mutations: number
  readonly segments_by_decision: Readonly<Record<string, number>>
  /** The fraction of changes that were accepted, by `actuator:op`. */
  readonly win_rates: Readonly<Record<string, number | null>>
  /** The mean score of changes, by `actuator:op`. */
  readonly mean_scores: Readonly<Record<string, number | null>>
  readonly accept_rate: number | null
  readonly mode: string
  readonly total_steps: number | null
}

/**
 * Reads a line of `hotcb.tune.mutations.jsonl`.
 *
 * The reader is hand-written and does not use the schema, because programs follow thousands of these lines as they are
 * written.
 */
export function readTuneMutation(value: unknown): Result<TuneMutation> {
  const fields = new FieldReader(value, 'a mutation')
  return fields.result({
    mutation_id: fields.text('mutation_id'),
    step: fields.whole('step'),
    epoch: fields.lenientNumber('epoch', null),
    phase_bin: fields.text('phase_bin', 'mid'),
    event: fields.text('event', null),
    actuator: fields.text('actuator'),
    patch: fields.object('patch'),
    proposal_source: fields.text('proposal_source', null),
    context: fields.object('context', {}),
    snapshot_ref: fields.text('snapshot_ref', null),
    status: fields.oneOf('status', MUTATION_STATUSES),
  })
}

/**
 * Reads a line of `hotcb.tune.segments.jsonl`.
 *
 * The reader is hand-written and does not use the schema, because programs follow thousands of these lines as they are
 * written.
 */
export function readTuneSegment(value: unknown): Result<TuneSegment> {
  const fields = new FieldReader(value, 'a segment')
  const stability = (inner: FieldReader): TuneSegment['stability'] => ({
    nan: inner.flag('nan', false),
    anomaly: inner.flag('anomaly', false),
    grad_spike: inner.flag('grad_spike', false),
  })
  return fields.result({
    segment_id: fields.text('segment_id'),
    mutation_id: fields.text('mutation_id'),
    start_step: fields.whole('start_step'),
    end_step: fields.whole('end_step'),
    horizon_type: fields.text('horizon_type', 'next_val_epoch_end'),
    pre: fields.values('pre', {}),
    post: fields.values('post', {}),
    delta: fields.values('delta', {}),
    stability: fields.nested('stability', stability, { nan: false, anomaly: false, grad_spike: false }),
    decision: fields.text('decision'),
    score_delta: fields.lenientNumber('score_delta', null),
  })
}
