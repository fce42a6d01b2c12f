import type { Scalar, Space } from './dimension.ts'
import type { AnyParams } from './params.ts'
import type { Direction, TrialState } from './trial.ts'

/** A number as JSON can keep it. */
export type WireNumber = number | 'NaN' | 'Infinity' | '-Infinity'

/** A trial as it stands in documents and in `add` events. */
export interface TrialDocument {
  readonly params: AnyParams
  readonly state: TrialState
  readonly value?: WireNumber
  readonly reason?: string
  readonly reports?: readonly { readonly step: number; readonly value: WireNumber }[]
}

/**
 * One thing that happened to a study. A storage keeps events in one order that all its readers see.
 *
 * `ask` and `add` claim the next trial number. When two processes claim the same one, the first in the order has it and
 * the other event counts for nothing, so everybody who reads the events comes to the same trials.
 */
export type StudyEvent =
  | { readonly kind: 'study'; readonly version: 1; readonly space: Space; readonly direction: Direction }
  | { readonly kind: 'ask'; readonly number: number; readonly params: AnyParams; readonly queued?: number }
  | { readonly kind: 'add'; readonly number: number; readonly trial: TrialDocument }
  | { readonly kind: 'enqueue'; readonly params: AnyParams }
  | { readonly kind: 'report'; readonly number: number; readonly step: number; readonly value: WireNumber }
  | {
      readonly kind: 'tell'
      readonly number: number
      readonly state: Exclude<TrialState, 'running'>
      readonly value?: WireNumber
      readonly reason?: string
    }

/** A number as JSON can keep it. */
export function toWire(value: number): WireNumber {
  if (Number.isFinite(value)) return value
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity'
}

/** The number of {@link toWire}; undefined for anything else. */
export function fromWire(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  if (value === 'NaN') return Number.NaN
  if (value === 'Infinity') return Infinity
  return value === '-Infinity' ? -Infinity : undefined
}

/** What is wrong with data that should be an event, undefined when nothing is. */
export function eventProblem(data: unknown): string | undefined {
  if (!isRecord(data)) return 'is not an object'
  const { kind } = data
  if (kind === 'study') return studyProblem(data)
  if (kind === 'enqueue') return isRecord(data.params) ? undefined : 'has no `params`'
  if (!isCount(data.number)) return `has kind ${String(kind)} and no \`number\``
  if (kind === 'ask') return isRecord(data.params) ? undefined : 'has no `params`'
  if (kind === 'add') return trialProblem(data.trial)
  if (kind === 'report') return isReport(data) ? undefined : 'has no `step` and `value`'
  if (kind === 'tell') return data.state === 'running' ? 'is running' : outcomeProblem(data)
  return `has kind ${String(kind)}`
}

/** What is wrong with data that should be a trial's document, undefined when nothing is. */
export function trialProblem(data: unknown): string | undefined {
  if (!isRecord(data)) return 'is not an object'
  if (!isRecord(data.params)) return 'has no `params`'
  const { reports = [] } = data
  if (!Array.isArray(reports) || !reports.every(isReport)) return 'has `reports` that are no list of `step` and `value`'
  return outcomeProblem(data)
}

/** True for a step that can be reported: a finite number. */
export function isStep(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function outcomeProblem(data: Record<string, unknown>): string | undefined {
  const { state, value, reason } = data
  if (reason !== undefined && typeof reason !== 'string') return 'has a `reason` that is no text'
  if (state === 'complete') {
    const number = fromWire(value)
    return number === undefined || Number.isNaN(number) ? 'is complete without a `value`' : undefined
  }
  if (state !== 'running' && state !== 'pruned' && state !== 'failed') return `has state ${String(state)}`
  return value === undefined ? undefined : `is ${state} and has a \`value\``
}

function studyProblem(data: Record<string, unknown>): string | undefined {
  if (data.version !== 1) return `has version ${String(data.version)}, this library reads version 1`
  if (!isRecord(data.space)) return 'has no `space`'
  return data.direction === 'minimize' || data.direction === 'maximize' ? undefined : 'has no `direction`'
}

function isReport(data: unknown): boolean {
  return isRecord(data) && isStep(data.step) && fromWire(data.value) !== undefined
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isRecord(data: unknown): data is Record<string, unknown> {
  return typeof data === 'object' && data !== null && !Array.isArray(data)
}

/** True when two spaces, parameters or other JSON data say the same; the order of keys does not matter. */
export function sameData(a: Space | AnyParams | Scalar | undefined, b: unknown): boolean {
  if (Object.is(a, b) || a === b) return true
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((value, i) => sameData(value, b[i]))
  }
  if (!isRecord(a) || !isRecord(b)) return false
  const keys = Object.keys(a)
  // The data is JSON, whatever type it came in as.
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameData(a[key] as Scalar, b[key]))
  )
}
