import type { AxisKnots, CompareFacts } from '../../shared/compare-wire.ts'
import type { RunLook } from '../runs/run-color.ts'
import { type AxisKind, axisPlace } from './axis.ts'
import type { RunCourses } from './compare-store.ts'
import { courseOfFormula, type Formula } from './expression.ts'
import { type Grouping, groupRuns, meanLine } from './groups.ts'
import type { Line } from './lines.ts'

/** The inputs for a chart's lines. */
export interface LineSources {
  readonly facts: readonly CompareFacts[]
  readonly courses: ReadonlyMap<string, RunCourses>
  readonly axes: Readonly<Record<string, AxisKnots>>
  readonly axis: AxisKind
  readonly grouping: Grouping
  /** The runs or groups that are hidden. */
  readonly hidden: ReadonlySet<string>
  /** The colour and dash of each run or group. */
  readonly looks: ReadonlyMap<string, RunLook>
}

/** Returns a chart's lines: one for each run, or the mean of each group. */
export function linesOf(formula: Formula, sources: LineSources): readonly Line[] {
  const { facts, grouping, hidden, looks } = sources
  const byId = new Map(facts.map((run) => [run.id, run]))
  return groupRuns(facts, grouping).flatMap(({ id, label, runs }) => {
    if (hidden.has(id)) return []
    const lines = runs.flatMap((run) => lineOf(byId.get(run), formula, sources) ?? [])
    if (grouping === 'none') return lines
    return lines.length === 0 ? [] : [meanLine(lines, { id, label, ...(looks.get(id) ?? NO_LOOK) })]
  })
}

const NO_LOOK: RunLook = { color: '', dash: [] }

function lineOf(
  run: CompareFacts | undefined,
  formula: Formula,
  { courses, axes, axis, looks }: LineSources,
): Line | undefined {
  const all = run === undefined ? undefined : courses.get(run.id)
  const course = all === undefined ? undefined : courseOfFormula(formula, all)
  if (run === undefined || all === undefined || course === undefined || course.steps.length === 0) return undefined
  const place = axisPlace(axis, axes[run.id], axis.kind === 'metric' ? all.get(axis.name) : undefined)
  const xs: number[] = []
  const ys: (number | null)[] = []
  for (const [i, step] of course.steps.entries()) {
    const x = place(step)
    if (x === null) continue
    xs.push(x)
    ys.push(course.mean[i] ?? null)
  }
  return { id: run.id, label: run.name, ...(looks.get(run.id) ?? NO_LOOK), xs, ys, isComplete: course.complete }
}
