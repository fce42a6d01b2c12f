import type { RecipeEntry } from '@hotcb/protocol'
import { BUILT_IN_TABLE, type Json, type ModuleTable, rampValue, readRamp, readSetParams } from '@hotcb/protocol'
import { inPlanOrder } from './plan-order.ts'

/** The curve of one control: the values that a recipe gives it over the steps of a run. */
export interface ControlCourse {
  readonly key: string
  /** The corners of the line, in step order. A jump is two corners at one step. */
  readonly knots: readonly CourseKnot[]
}

export interface CourseKnot {
  readonly step: number
  readonly value: number
}

export interface CourseOptions {
  /** Values before the first entry, by key. A control without such a value begins at its first entry. */
  readonly starts: Readonly<Record<string, number>>
  /** The step at which the lines end. */
  readonly lastStep: number
  /** The run's total number of steps, for ramps over a fraction of it; null if unknown. */
  readonly total: number | null
  /** The run's modules. @defaultValue the built-in ones */
  readonly table?: ModuleTable
}

/**
 * Computes the values that a recipe gives each control over the steps of a run. Only numeric controls and switches (1
 * is on) are drawn, and only the first of several parameter groups. Changes to only some of the groups are not drawn,
 * and neither is `scheduler_drop`, whose result depends on the previous value.
 *
 * @returns One curve for each control, in the order of their first change.
 */
export function controlCourses(entries: readonly RecipeEntry[], options: CourseOptions): readonly ControlCourse[] {
  const { starts, lastStep, total, table = BUILT_IN_TABLE } = options
  const courses = new Map<string, readonly Part[]>()
  for (const entry of inPlanOrder(entries)) {
    const { step } = entry.at
    for (const { key, name, value } of pairsOf(entry, table)) {
      const parts = courses.get(key) ?? startOf(key, starts, step)
      const next = key === name ? valuePart(step, value) : rampPart(name, value, { step, parts, total })
      if (next !== null) courses.set(key, [...parts, next])
    }
  }
  return [...courses].map(([key, parts]) => ({ key, knots: knotsOf(parts, lastStep) }))
}

interface Pair {
  /** The control. */
  readonly key: string
  /** The key as given, such as `ramps.lr`. */
  readonly name: string
  readonly value: Json
}

function pairsOf({ module, op, params }: RecipeEntry, table: ModuleTable): readonly Pair[] {
  if (op !== 'set_params' || module === 'core' || table.hasHandles(module)) return []
  const read = readSetParams(params ?? {})
  if (!read.ok || Object.keys(read.value.narrowing).length > 0) return []
  return read.value.pairs.flatMap(([name, value]) => {
    const key = name.startsWith('ramps.') ? name.slice('ramps.'.length) : name
    return key === 'scheduler_drop' ? [] : [{ key, name, value }]
  })
}

function startOf(key: string, starts: CourseOptions['starts'], step: number): readonly Part[] {
  const start = Object.hasOwn(starts, key) ? starts[key] : undefined
  return start === undefined ? [] : [held(Math.min(0, step), start)]
}

/** A function that returns the value from one step until the next part. */
interface Part {
  readonly from: number
  readonly at: (step: number) => number
  /** Steps at which the line bends. */
  readonly bends: readonly number[]
}

function held(from: number, value: number): Part {
  return { from, at: () => value, bends: [] }
}

function valuePart(step: number, value: Json): Part | null {
  const number = numberOf(Array.isArray(value) ? (value[0] ?? null) : value)
  return number === null ? null : held(step, number)
}

function numberOf(value: Json): number | null {
  if (typeof value === 'boolean') return Number(value)
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

function rampPart(
  name: string,
  value: Json,
  { step, parts, total }: { readonly step: number; readonly parts: readonly Part[]; readonly total: number | null },
): Part | null {
  const current = parts.at(-1)?.at(step)
  if (value === null) return current === undefined ? null : held(step, current)
  const ramp = readRamp(name, value, { step, current: current ?? Number.NaN, total })
  if (!ramp.ok) return null
  const { first_step: first, steps, type } = ramp.value
  const pieces = type === 'linear' ? 1 : Math.min(COSINE_PIECES, Math.max(1, steps))
  const bends = Array.from({ length: pieces + 1 }, (_, i) => first + (steps * i) / pieces)
  return { from: step, at: (at) => rampValue(ramp.value, at), bends }
}

const COSINE_PIECES = 24

function knotsOf(parts: readonly Part[], lastStep: number): readonly CourseKnot[] {
  return parts.flatMap(({ from, at, bends }, i) => {
    const to = Math.max(from, parts[i + 1]?.from ?? lastStep)
    const steps = [from, ...bends.filter((step) => step > from && step < to), ...(to > from ? [to] : [])]
    return steps.map((step) => ({ step, value: at(step) }))
  })
}
