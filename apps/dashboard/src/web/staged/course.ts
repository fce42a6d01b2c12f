import { rampValue } from '@hotcb/actuators'
import {
  type ControlDescription,
  controlsByKey,
  findDescribed,
  isObject,
  isRampMoving,
  type Json,
  type Ramp,
  readRamp,
} from '@hotcb/protocol'
import { formatNumber } from '../../shared/describe.ts'

/** A control's value over the coming steps, with and without a change. */
export interface PlannedCourse {
  readonly key: string
  /** In ascending order. Two equal steps mean that the value jumps there. */
  readonly steps: readonly number[]
  readonly before: readonly number[]
  readonly after: readonly number[]
  /** The step at which the change is applied. */
  readonly at: number
  /** The step at which its ramp ends; null for a jump. */
  readonly end: number | null
  /** Whether a ramp is running now, and would continue without the change. */
  readonly isMoving: boolean
}

/** The data for planning a change. */
export interface CoursePlace {
  /** The step of the trainer; 0 if it is unknown. */
  readonly now: number
  /** The step at which the change will be applied; null for the next safe point. */
  readonly at: number | null
  /** The number of steps of the run; null if it is unknown. */
  readonly total: number | null
}

/** The minimum number of steps that are drawn. */
const LEAST_STEPS = 20
const POINTS = 48

/**
 * Plans the values of a numeric control after a change: a new value, a ramp, or null, which ends a ramp. Undefined if the control
 * is not a number, or the ramp is malformed.
 */
export function plannedCourse(control: ControlDescription, value: Json, place: CoursePlace): PlannedCourse | undefined {
  const { param_key: key, ramp, current } = control
  if (typeof current !== 'number') return undefined
  const running = runningRamp(ramp, current, place)
  const before = (step: number): number => (running === null ? current : rampValue(running, step))
  const at = Math.max(place.now, place.at ?? place.now)
  const asked = afterOf(key, value, { step: at, current: before(at), total: place.total })
  if (asked === undefined) return undefined
  const { change, end } = asked
  const runningEnd = running === null ? at : running.first_step + running.steps
  const last = Math.max(at, end ?? at, runningEnd)
  const until = last + Math.max(LEAST_STEPS, Math.ceil((last - place.now) * 0.15))
  const steps = stepsOf(place.now, until, at, [end, runningEnd])
  let isPast = false
  const after = steps.map((step, i) => {
    // Of two equal steps, the second one is after the jump.
    isPast ||= step > at || (step === at && (steps[i - 1] === at || i === steps.length - 1))
    return isPast ? change(step) : before(step)
  })
  return { key, steps, before: steps.map(before), after, at, end, isMoving: running !== null }
}

function runningRamp(ramp: Json | undefined, current: number, { now, total }: CoursePlace): Ramp | null {
  if (ramp === undefined || !isRampMoving(ramp, now)) return null
  const read = readRamp('ramp', ramp, { step: now, current, total })
  return read.ok ? read.value : null
}

interface Asked {
  readonly change: (step: number) => number
  readonly end: number | null
}

function afterOf(
  key: string,
  value: Json,
  place: { readonly step: number; readonly current: number; readonly total: number | null },
): Asked | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? { change: () => value, end: null } : undefined
  if (value === null) return { change: () => place.current, end: null }
  const ramp = readRamp(`ramps.${key}`, value, place)
  if (!ramp.ok) return undefined
  return { change: (step) => rampValue(ramp.value, step), end: ramp.value.first_step + ramp.value.steps }
}

function stepsOf(now: number, until: number, at: number, corners: readonly (number | null)[]): readonly number[] {
  const even = Array.from({ length: POINTS }, (_, i) => Math.round(now + ((until - now) * i) / (POINTS - 1)))
  const inside = corners.filter((step): step is number => step !== null && step > now && step < until && step !== at)
  const rest = new Set([...even, ...inside])
  rest.delete(at)
  return [...rest, at, at].sort((a, b) => a - b)
}

/** Describes the planned values. */
export function courseText({ key, before, after, at, end, isMoving }: PlannedCourse): string {
  const unchanged = before.at(-1)
  const otherwise = isMoving
    ? `without the change its ramp continues to ${formatNumber(unchanged)}`
    : `without the change it remains ${formatNumber(unchanged)}`
  const last = formatNumber(after.at(-1))
  const way = end === null ? `${last} starting at step ${at}` : `from step ${at} to ${last} at step ${end}`
  return `${key}: ${way}; ${otherwise}`
}

/** A change that was made: the values that it set and the values that it replaced. */
export interface MadeChange {
  readonly step: number
  readonly params: Json
  readonly old: Json
}

/** How many steps before the change are drawn. */
const STEPS_BEFORE = 10

/** Returns the values of the numbers and ramps that a change has set, with their values before it. */
export function madeCourses(
  { step, params, old }: MadeChange,
  controls: readonly ControlDescription[],
): readonly PlannedCourse[] {
  if (!isObject(params)) return []
  const replaced = isObject(old) ? old : {}
  return Object.entries(params).flatMap(([name, value]) => {
    const control = findDescribed(name, controlsByKey(controls))
    // A ramp's payload is complete: it contains the value at which the ramp started.
    const from = isObject(value) ? value['start'] : replaced[name]
    if (control === undefined || typeof from !== 'number' || value === null) return []
    const { ramp: _, ...still } = control
    const place = { now: Math.max(0, step - STEPS_BEFORE), at: step, total: null }
    return plannedCourse({ ...still, current: from }, value, place) ?? []
  })
}
