import type { RunStatus } from '../wire.ts'
import { courseAt } from './fold-courses.ts'
import type { Course, RunTree, TreeCheckpoint, TreeRun } from './tree-wire.ts'

/** One row of the tree: a course of this run, or another run. */
export interface Lane {
  readonly key: string
  /** The run of the lane. */
  readonly run: string
  readonly label: string
  /** `now`: the current course of this run. `left`: a course that a load undid. `other`: a different run. */
  readonly kind: 'now' | 'left' | 'other'
  readonly status: RunStatus
  readonly from: number
  readonly to: number
  /** The lane from which it branches, as its position in the list; null for the first. */
  readonly above: number | null
  readonly depth: number
  readonly checkpoints: readonly TreeCheckpoint[]
}

/** Arranges the tree in rows. Each lane is below the one from which it branches. */
export function lanesOf(tree: RunTree): readonly Lane[] {
  const lanes: Lane[] = []
  const root = tree.runs.find(({ parent }) => !tree.runs.some(({ id }) => id === parent))
  if (root !== undefined) placeRun({ tree, lanes }, root, null, 0)
  return lanes
}

/** The lanes so far. */
interface Drawing {
  readonly tree: RunTree
  readonly lanes: Lane[]
}

function placeRun(drawing: Drawing, run: TreeRun, above: number | null, depth: number): void {
  const { tree, lanes } = drawing
  const [first] = tree.courses
  if (run.id === tree.id && first !== undefined) {
    placeCourse(drawing, run, first, above, depth)
    return
  }
  const at = lanes.length
  const to = endOf(run, run.from)
  lanes.push({ ...sharedOf(run, above, depth), key: run.id, kind: 'other', label: run.name, to, checkpoints: [] })
  for (const child of tree.runs) if (child.parent === run.id) placeRun(drawing, child, at, depth + 1)
}

function placeCourse(drawing: Drawing, run: TreeRun, course: Course, above: number | null, depth: number): void {
  const { tree, lanes } = drawing
  const { attempt, parent, tag } = course
  const at = lanes.length
  const from = parent === null ? Math.max(course.from, run.from) : course.from
  lanes.push({
    ...sharedOf(run, above, depth),
    key: `${run.id} ${attempt}`,
    kind: course === tree.courses.at(-1) ? 'now' : 'left',
    label: parent === null ? run.name : `loaded ${tag ?? `step ${from}`}`,
    from,
    to: Math.max(from, course.to ?? endOf(run, from)),
    checkpoints: tree.checkpoints.filter((one) => one.attempt === attempt),
  })
  for (const one of tree.courses) if (one.parent === attempt) placeCourse(drawing, run, one, at, depth + 1)
  const branched = tree.runs.filter((child) => child.parent === run.id && homeOf(child, tree)?.attempt === attempt)
  for (const child of branched) placeRun(drawing, child, at, depth + 1)
}

function sharedOf({ id, status, from }: TreeRun, above: number | null, depth: number): SharedFields {
  return { run: id, status, from, above, depth }
}

type SharedFields = Pick<Lane, 'run' | 'status' | 'from' | 'above' | 'depth'>

/** Returns the step after the last one that a run has trained. */
function endOf({ step }: TreeRun, from: number): number {
  return step === null ? from : Math.max(from, step + 1)
}

/**
 * Returns the course of this run from which a child was branched: that of its checkpoint, otherwise the newest one with that
 * step.
 */
function homeOf({ tag, from }: TreeRun, { courses, checkpoints }: RunTree): Course | undefined {
  const saved = checkpoints.find((one) => one.tag === tag && one.step === from)
  if (saved !== undefined) return courses.find(({ attempt }) => attempt === saved.attempt)
  return courses.findLast((course) => course.from <= from && (course.to ?? from) >= from) ?? courseAt(courses, 0)
}

/** Returns the first and the last step of all lanes. The span is at least one step long. */
export function spanOfLanes(lanes: readonly Lane[]): readonly [first: number, last: number] {
  const first = Math.min(...lanes.map(({ from }) => from))
  const last = Math.max(...lanes.map(({ to }) => to))
  return Number.isFinite(first) ? [first, Math.max(last, first + 1)] : [0, 1]
}
