import { type Annotation, annotationsOf } from '../../shared/annotations.ts'
import { axisPlace, nearestValue } from './axis.ts'
import type { LineSources } from './chart-lines.ts'
import { courseOfFormula, type Formula } from './expression.ts'
import { groupRuns } from './groups.ts'
import { type Line, valueAt } from './lines.ts'
import type { Projection } from './scales.ts'
import type { Box } from './surface.ts'

/** An annotation in a chart that compares runs. */
export interface LineAnnotation {
  readonly annotation: Annotation
  /** The run's name. */
  readonly run: string
  /** The line for the run or its group. */
  readonly line: Line
  readonly x: number
  /** Candidates for its height, best first: its own value, then its line's value. */
  readonly heights: readonly number[]
}

/** Returns the annotations for the runs in a chart. */
export function lineAnnotations(
  formula: Formula,
  lines: readonly Line[],
  sources: LineSources,
): readonly LineAnnotation[] {
  const shown = new Map(lines.map((line) => [line.id, line]))
  const byId = new Map(sources.facts.map((run) => [run.id, run]))
  return groupRuns(sources.facts, sources.grouping).flatMap(({ id, runs }) => {
    const line = shown.get(id)
    if (line === undefined) return []
    return runs.flatMap((member) => {
      const run = byId.get(member)
      if (run === undefined) return []
      const placeOf = placerOf(run.id, line, formula, sources)
      return annotationsOf(run.notes.annotations, formula.names).flatMap((annotation) => {
        const place = placeOf(annotation)
        return place === null ? [] : [{ annotation, run: run.name, line, ...place }]
      })
    })
  })
}

type Placer = (annotation: Annotation) => Pick<LineAnnotation, 'x' | 'heights'> | null

function placerOf(run: string, line: Line, formula: Formula, { courses, axes, axis, grouping }: LineSources): Placer {
  const all = courses.get(run) ?? new Map()
  const place = axisPlace(axis, axes[run], axis.kind === 'metric' ? all.get(axis.name) : undefined)
  const course = courseOfFormula(formula, all)
  return ({ step, value, metric }) => {
    const x = place(step)
    if (x === null) return null
    // The value of an individual metric has no position on the axis of an expression.
    const own = metric === null || metric === formula.text ? value : null
    const drawn =
      grouping !== 'none'
        ? valueAt(line, x)
        : course === undefined
          ? null
          : (valueAt({ xs: course.steps, ys: course.mean }, step) ?? nearestValue(course, step))
    return { x, heights: [own, drawn].filter((height) => height !== null) }
  }
}

/** The position of an annotation on its plot, in pixels. */
export interface AnnotationPlace extends LineAnnotation {
  readonly left: number
  readonly top: number
  /** Whether its text is to the left of its point, because there is not enough room to the right. */
  readonly isLeft: boolean
}

/** Places the visible annotations: at their value if possible, otherwise on their line, otherwise at the bottom of the plot. */
export function placeLineAnnotations(
  annotations: readonly LineAnnotation[],
  box: Box,
  at: Projection,
): readonly AnnotationPlace[] {
  const bottom = box.top + box.height
  return annotations.flatMap((one) => {
    const left = at.x(one.x)
    if (!(left >= box.left && left <= box.left + box.width)) return []
    const top = one.heights.map((height) => at.y(height)).find((y) => y >= box.top && y <= bottom) ?? bottom - FOOT
    return [{ ...one, left: Math.round(left), top: Math.round(top), isLeft: left > box.left + box.width / 2 }]
  })
}

/** Pixels from the bottom of a plot. */
const FOOT = 10
