import type { Rung } from '@hotcb/metrics/judge'
import { isObject, type JsonObject } from '@hotcb/protocol'

/** A rescue in progress. It is plain JSON in the log, so that a restart can continue it. */
export interface RescueState {
  /** `rollback`: back to a checkpoint, with half the rate. `ladder`: back to the start, with lower and lower rates until the run learns. */
  readonly kind: 'rollback' | 'ladder' | 'lower'
  readonly metric: string
  readonly rateKey: string
  readonly module: string
  /** The rate before the rescue. */
  readonly rate0: number
  /** The last rate that it has requested. */
  readonly rate: number
  readonly tag: string
  /** The number of commands requested so far. */
  readonly count: number
  /** The command whose answer it is waiting for; null while it watches a rung. */
  readonly awaits: string | null
  /** The steps whose data is to be skipped, both ends inclusive; null if there are none. */
  readonly skip: { readonly from: number; readonly to: number } | null
  readonly isTwoSided: boolean
  /** The first value of the metric, negated if larger is better. */
  readonly first: number
  /** The number of steps in a rung. */
  readonly span: number
  readonly rungs: readonly Rung[]
  readonly index: number
  /** Whether this is the chosen rate. */
  readonly isLast: boolean
}

/** Reads a state from a log line; undefined if it is malformed. */
export function readRescueState(value: unknown): RescueState | undefined {
  if (!isObject(value)) return undefined
  const { kind, metric, rateKey, tag, rate0, rate, count, rungs } = value
  const isOne =
    (kind === 'rollback' || kind === 'ladder' || kind === 'lower') &&
    [metric, rateKey, tag].every((one) => typeof one === 'string') &&
    [rate0, rate, count].every((one) => typeof one === 'number') &&
    Array.isArray(rungs)
  if (!isOne) return undefined
  const levels = rungs.filter(isObject).map(({ index, level }) => ({
    index: Number(index),
    level: typeof level === 'number' ? level : Number.POSITIVE_INFINITY,
  }))
  // The engine wrote it, and the essential fields have been checked.
  return { ...(value as unknown as RescueState), rungs: levels }
}

export function rescueJson(state: RescueState): JsonObject {
  // The state is plain JSON. A non-finite level is written as null, and is read as a level at which the run did not learn.
  const rungs = state.rungs.map(({ index, level }) => ({ index, level: Number.isFinite(level) ? level : null }))
  return { ...state, rungs, skip: state.skip === null ? null : { ...state.skip } }
}
