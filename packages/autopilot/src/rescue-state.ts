import type { Rung } from '@hotcb/metrics/judge'
import { isObject, type JsonObject } from '@hotcb/protocol'

/** A rescue that is under way. Plain JSON in the log, so that a restart can continue it. */
export interface RescueState {
  /** `rollback`: to a checkpoint, with half the rate. `ladder`: from the start, with lower rates until one learns. */
  readonly kind: 'rollback' | 'ladder' | 'lower'
  readonly metric: string
  readonly rateKey: string
  readonly module: string
  /** The rate before the rescue. */
  readonly rate0: number
  /** The rate that it has asked for last. */
  readonly rate: number
  readonly tag: string
  /** Commands asked for so far. */
  readonly count: number
  /** The command whose answer it waits for; null while it watches a rung. */
  readonly awaits: string | null
  /** Steps to be left out of the data, both inclusive; null for none. */
  readonly skip: { readonly from: number; readonly to: number } | null
  readonly isTwoSided: boolean
  /** First value of the line, turned. */
  readonly first: number
  /** Steps of a rung. */
  readonly span: number
  readonly rungs: readonly Rung[]
  readonly index: number
  /** Whether this is the rate that was chosen. */
  readonly isLast: boolean
}

/** Reads a state from a line of the log; undefined if it is malformed. */
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
  // The engine wrote it, and the fields that everything hangs on are there.
  return { ...(value as unknown as RescueState), rungs: levels }
}

export function rescueJson(state: RescueState): JsonObject {
  // Plain JSON; a level that is not finite is written as null, and read as one that did not learn.
  const rungs = state.rungs.map(({ index, level }) => ({ index, level: Number.isFinite(level) ? level : null }))
  return { ...state, rungs, skip: state.skip === null ? null : { ...state.skip } }
}
