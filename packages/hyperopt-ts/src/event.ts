import type { Scalar, Space } from './dimension.ts'
import type { AnyParams } from './params.ts'
import type { JsonValue, StudyDirection, TrialState } from './trial.ts'

/** A number in a form that JSON can represent. */
export type WireNumber = number | 'NaN' | 'Infinity' | '-Infinity'

/** The outcome of a trial in documents and `tell` events. */
export interface OutcomeDocument {
  readonly value?: WireNumber
  /** The values if there are several objectives. */
  readonly values?: readonly WireNumber[]
  readonly constraints?: readonly WireNumber[]
  readonly reason?: string
}

/** A trial in documents and `add` events. */
export interface TrialDocument extends OutcomeDocument {
  readonly params: AnyParams
  readonly state: TrialState
  readonly reports?: readonly { readonly step: number; readonly value: WireNumber }[]
  readonly userAttrs?: Readonly<Record<string, JsonValue>>
  readonly owner?: string
  readonly startedMs?: number
  readonly endedMs?: number
  readonly heartbeatMs?: number
  readonly retryOf?: number
  /** The values of parameters that the space had when the trial was run but no longer has. */
  readonly removed?: AnyParams
  /** Why the trial does not match the document's space. */
  readonly misfit?: string
}

/**
 * One event of a study. A storage keeps events in an order that is the same for all its readers.
 *
 * `ask` and `add` claim the next trial number. If two processes claim the same number, the first one wins and the other event is void, so
 * all readers get the same trials. `retry` counts only while the trial is running and has given no sign of life since `seen`. `at` is in
 * milliseconds since 1970.
 */
export type StudyEvent =
  | {
      readonly kind: 'study'
      readonly version: 1
      readonly space: Space
      readonly direction: StudyDirection
      readonly directions?: readonly StudyDirection[]
    }
  | {
      readonly kind: 'ask'
      readonly number: number
      readonly params: AnyParams
      readonly queued?: number
      readonly at?: number
      readonly owner?: string
    }
  | { readonly kind: 'add'; readonly number: number; readonly trial: TrialDocument; readonly queued?: number }
  | { readonly kind: 'enqueue'; readonly params: AnyParams }
  | {
      readonly kind: 'report'
      readonly number: number
      readonly step: number
      readonly value: WireNumber
      readonly at?: number
    }
  | { readonly kind: 'beat'; readonly number: number; readonly at: number }
  | { readonly kind: 'attr'; readonly number: number; readonly key: string; readonly value: JsonValue }
  | {
      readonly kind: 'retry'
      readonly number: number
      readonly at: number
      readonly seen: number
      /** False if the trial fails without being retried. */
      readonly again: boolean
    }
  | ({
      readonly kind: 'tell'
      readonly number: number
      readonly state: Exclude<TrialState, 'running'>
      readonly at?: number
    } & OutcomeDocument)

/** Converts a number to a form that JSON can represent. */
export function toWire(value: number): WireNumber {
  if (Number.isFinite(value)) return value
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity'
}

/** Converts the result of {@link toWire} back to a number; undefined for anything else. */
export function fromWire(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  if (value === 'NaN') return Number.NaN
  if (value === 'Infinity') return Infinity
  return value === '-Infinity' ? -Infinity : undefined
}

/** Converts a list of results of {@link toWire} back to numbers. */
export function fromWires(values: readonly WireNumber[] | undefined): number[] | undefined {
  return values?.map((value) => fromWire(value) ?? Number.NaN)
}

/** True for a step that can be reported: a finite number. */
export function isStep(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

/** True for an object that is not a list. */
export function isRecord(data: unknown): data is Record<string, unknown> {
  return typeof data === 'object' && data !== null && !Array.isArray(data)
}

/** True if two spaces, parameters or other JSON data are equal, regardless of key order. */
export function sameData(a: Space | AnyParams | Scalar | undefined, b: unknown): boolean {
  if (Object.is(a, b) || a === b) return true
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((value, i) => sameData(value, b[i]))
  }
  if (!isRecord(a) || !isRecord(b)) return false
  const keys = Object.keys(a)
  // The data is JSON, whatever its static type.
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameData(a[key] as Scalar, b[key]))
  )
}
