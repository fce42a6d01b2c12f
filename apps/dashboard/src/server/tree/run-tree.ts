import { type FamilyRun, familyOf } from '../../shared/tree/family.ts'
import { courseAt } from '../../shared/tree/fold-courses.ts'
import type { Course, RunTree, TreeCheckpoint } from '../../shared/tree/tree-wire.ts'
import type { OpenRun } from '../run.ts'
import type { RunRegistry } from '../run-registry.ts'

/** Reads a run's checkpoints and courses, and the related runs. */
export async function readTree(run: OpenRun, registry: RunRegistry): Promise<RunTree> {
  // This is needed because rows are otherwise read only while a page shows the table of runs.
  await registry.lookSoon()
  const [turns, saved, { run: about, row: own }] = await Promise.all([
    registry.turns(),
    run.checkpoints.readWhole(),
    run.state(),
    run.ledger.refresh(),
  ])
  const all = turns.map(({ row: { row, about }, run: { dir } }): FamilyRun => {
    const now = row.id === run.id ? own : row
    return { row: now, dir, runId: about?.run_id ?? null, parent: about?.parent ?? null }
  })
  const { courses: read } = run.courses
  const courses = read.length > 0 ? read : [{ ...NO_LEDGER, from: about?.parent?.step ?? 0 }]
  const { runs, hidden } = familyOf(run.id, all, MOST_RUNS)
  const parent = about?.parent ?? null
  return {
    id: run.id,
    courses,
    runs,
    hidden_runs: hidden,
    parent: parent && { run: parent.run, step: parent.step, tag: parent.tag ?? null },
    checkpoints: saved.map(({ tag, step, meta }): TreeCheckpoint => {
      // A checkpoint copied from the parent names a line of the parent's ledger, not of this one.
      const isCopy = parent !== null && tag === parent.tag && step === parent.step
      const course = isCopy ? courses[0] : courseAt(courses, meta?.seq ?? 0)
      return { tag, step, attempt: course?.attempt ?? 0, by: meta?.by ?? null }
    }),
  }
}

const MOST_RUNS = 60
const NO_LEDGER: Course = { attempt: 0, seq: 0, from: 0, to: null, parent: null, tag: null, by: null }
