import { sameJson } from '@hotcb/protocol'
import { type ControlCourse, controlCourses } from '@hotcb/recipe'
import type { WireSeriesWindow } from '../../../shared/wire.ts'
import { type EditorRow, entriesOf } from './editor.ts'
import type { OpenRecipe } from './recipe-store.ts'

/** The content of the preview. All lines share the steps from `first` to `last`. */
export interface Preview {
  readonly first: number
  readonly last: number
  /** The recorded metric; null if there is none. */
  readonly metric: PreviewLine | null
  readonly controls: readonly PreviewControl[]
  readonly marks: readonly PreviewMark[]
}

export interface PreviewControl {
  readonly key: string
  readonly isLog: boolean
  readonly low: number
  readonly high: number
  readonly line: PreviewLine
  /** The values before the edits, if they differ. */
  readonly before: PreviewLine | null
}

/** Points ordered by step. Null values are gaps. */
export interface PreviewLine {
  readonly steps: readonly number[]
  readonly values: readonly (number | null)[]
}

/** The entries at one step. */
export interface PreviewMark {
  readonly step: number
  readonly rows: readonly EditorRow[]
}

export interface PreviewFacts {
  readonly starts: Readonly<Record<string, number>>
  /** Total steps of the run; null if they are unknown. */
  readonly total: number | null
  readonly window: WireSeriesWindow | undefined
  /** The last step with metrics. */
  readonly lastStep: number
}

/** Returns the lines and marks of a recipe over the steps of its run. */
export function previewOf(open: Pick<OpenRecipe, 'base' | 'editor'>, facts: PreviewFacts): Preview {
  const { starts, total, window, lastStep } = facts
  const { rows } = open.editor
  const lastEntry = [...open.base, ...entriesOf(open.editor)].reduce((most, { at }) => Math.max(most, at.step), 0)
  // Some steps after the last entry are shown too.
  const known = Math.max(lastStep, Math.ceil(lastEntry * 1.05), 10)
  // If the run has just started, showing all of its steps would leave too little room for the recipe.
  const last = total !== null && total <= known * 2 ? Math.max(total, known) : known
  const options = { starts, lastStep: last, total }
  const before = new Map(controlCourses(open.base, options).map((course) => [course.key, course]))
  const now = controlCourses(entriesOf(open.editor), options)
  const keys = new Set(now.map(({ key }) => key))
  // If the recipe no longer changes a control, the control keeps its first value.
  const dropped = [...before.values()].filter(({ key }) => !keys.has(key))
  const courses = [...now, ...dropped.map(({ key }) => ({ key, knots: restingKnots(starts[key], last) }))]
  return {
    first: 0,
    last,
    metric: window === undefined || window.count === 0 ? null : metricLine(window),
    controls: courses.map((course) => controlOf(course, before.get(course.key))),
    marks: marksOf(rows),
  }
}

function restingKnots(start: number | undefined, last: number): ControlCourse['knots'] {
  return start === undefined
    ? []
    : [
        { step: 0, value: start },
        { step: last, value: start },
      ]
}

function controlOf(course: ControlCourse, before: ControlCourse | undefined): PreviewControl {
  const line = lineOf(course)
  const was = before === undefined ? null : lineOf(before)
  const isSame = was !== null && sameJson(was.steps, line.steps) && sameJson(was.values, line.values)
  const values = [...line.values, ...(was?.values ?? [])].filter((value) => value !== null)
  const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY)
  const high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
  return { key: course.key, isLog: low > 0 && high / low > LOG_FROM, low, high, line, before: isSame ? null : was }
}

const LOG_FROM = 20

function lineOf({ knots }: ControlCourse): PreviewLine {
  return { steps: knots.map(({ step }) => step), values: knots.map(({ value }) => value) }
}

function metricLine({ buckets }: WireSeriesWindow): PreviewLine {
  return {
    steps: buckets.first_step.map((from, i) => (from + (buckets.last_step[i] ?? from)) / 2),
    values: buckets.mean,
  }
}

function marksOf(rows: readonly EditorRow[]): readonly PreviewMark[] {
  const marks = new Map<number, EditorRow[]>()
  for (const row of rows) {
    const step = Math.max(0, row.entry.at.step)
    const there = marks.get(step)
    if (there === undefined) marks.set(step, [row])
    else there.push(row)
  }
  return [...marks].map(([step, there]) => ({ step, rows: there }))
}
