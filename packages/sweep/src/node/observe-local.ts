import type { OpenAttempt } from '../executor/executor.ts'
import type { SeenFacts, SeenRow } from '../journal/event.ts'
import { endFacts } from './end-facts.ts'
import { type AttemptMarks, isRunning, readMarks } from './marks.ts'
import type { WorkspacePaths } from './paths.ts'

/** What the marks say of local attempts that is new. */
export function observeLocal(paths: WorkspacePaths, open: readonly OpenAttempt[]): readonly SeenRow[] {
  if (open.length === 0) return []
  const refs = open.map(({ i, n }) => [i, n] as const)
  const first = readMarks(paths.marks, refs)
  // A wrapper makes its last mark before it ends: what seems to be gone without one is looked at again.
  let second: ReturnType<typeof readMarks> | undefined
  return open.flatMap((attempt) => {
    const key = `${attempt.i}-${attempt.n}`
    let marks = first.get(key)
    if (marks?.begun && marks.ended === null && isRunning(marks.begun) === false) {
      second ??= readMarks(paths.marks, refs)
      marks = second.get(key)
    }
    const row = rowOf(paths, attempt, marks)
    return row === null ? [] : [row]
  })
}

function rowOf(paths: WorkspacePaths, { i, n, seen }: OpenAttempt, marks: AttemptMarks | undefined): SeenRow | null {
  const { begun = null, ended = null } = marks ?? {}
  if (ended !== null) {
    return [i, n, ended.r, ended.code === 0 ? 'completed' : 'failed', endFacts(paths, i, begun, ended)]
  }
  if (begun?.kind !== 'local') return null
  const since = begun.ts === null ? {} : { begun: begun.ts }
  if (isRunning(begun) === false) return [i, n, 0, 'failed', { reason: 'killed', ...since }]
  if (seen === 'running') return null
  const facts: SeenFacts = { job: String(begun.pid), node: begun.host, gpus: begun.gpus, ...since }
  return [i, n, 0, 'running', facts]
}
