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

/** The value of a control over the coming steps: as it would go without a change, and with it. */
export interface PlannedCourse {
  readonly key: string
  /** Rising; two equal ones are a jump. */
  readonly steps: readonly number[]
  readonly before: readonly number[]
  readonly after: readonly number[]
  /** The step at which the change is applied. */
  readonly at: number
  /** The step at which its ramp ends; null for a jump. */
  readonly end: number | null
  /** A ramp runs now, and would continue. */
  readonly isMoving: boolean
}

/** The facts for planning a change. */
export interface CoursePlace {
  /** The step of the trainer; 0 if it is not known. */
  readonly now: number
  /** The step at which the change is to be applied; null for the next. */
  readonly at: number | null
  /** The steps of the run; null if they are not known. */
  readonly total: number | null
}

/** The shortest span that is drawn. */
const LEAST_STEPS = 20
const POINTS = 48

/**
 * Plans the course of a number under a change: a new value, a ramp as requested, or null, which ends a ramp. Undefined for what is
 * not a number, and for a ramp that cannot be read.
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
    // The second of two equal steps is behind the jump.
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

/** The course in words. */
export function courseText({ key, before, after, at, end, isMoving }: PlannedCourse): string {
  const unchanged = before.at(-1)
  const otherwise = isMoving
    ? `without the change its ramp continues to ${formatNumber(unchanged)}`
    : `without the change it remains ${formatNumber(unchanged)}`
  const last = formatNumber(after.at(-1))
  const way = end === null ? `${last} from step ${at} on` : `from step ${at} to ${last} at step ${end}`
  return `${key}: ${way}; ${otherwise}`
}

/** A change that was made: what it set, and what it replaced. */
export interface MadeChange {
  readonly step: number
  readonly params: Json
  readonly old: Json
}

/** Steps before a made change that are drawn. */
const STEPS_BEFORE = 10

/** The courses of the numbers and ramps that a change has set, with their values before it. */
export function madeCourses(
  { step, params, old }: MadeChange,
  controls: readonly ControlDescription[],
): readonly PlannedCourse[] {
  if (!isObject(params)) return []
  const replaced = isObject(old) ? old : {}
  return Object.entries(params).flatMap(([name, value]) => {
    const control = findDescribed(name, controlsByKey(controls))
    // The payload of a ramp is complete: it names the value at which it began.
    const from = isObject(value) ? value['start'] : replaced[name]
    if (control === undefined || typeof from !== 'number' || value === null) return []
    const { ramp: _, ...still } = control
    const place = { now: Math.max(0, step - STEPS_BEFORE), at: step, total: null }
    return plannedCourse({ ...still, current: from }, value, place) ?? []
  })
}
