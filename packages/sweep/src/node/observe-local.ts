import type { OpenAttempt } from '../executor/executor.ts'
import type { SeenFacts, SeenRow } from '../journal/event.ts'
import { endFacts } from './end-facts.ts'
import { type AttemptMarks, type BegunMark, isRunning, type MarkedAttempt, readMarks } from './marks.ts'
import type { WorkspacePaths } from './paths.ts'

/** The functions that an observation uses to query this machine. */
export interface LocalSources {
  marks(attempts: readonly MarkedAttempt[]): ReadonlyMap<string, AttemptMarks>
  /** Whether an attempt's wrapper is still running; undefined if that cannot be determined from here. */
  isRunning(mark: BegunMark): boolean | undefined
}

/** Returns new facts about local attempts from the marks. */
export function observeLocal(
  paths: WorkspacePaths,
  open: readonly OpenAttempt[],
  sources: LocalSources = localSources(paths, open),
): readonly SeenRow[] {
  if (open.length === 0) return []
  const marks = new Map(sources.marks(open.map(refOf)))
  const isGone = ({ begun, ended }: AttemptMarks): boolean =>
    begun !== null && ended === null && sources.isRunning(begun) === false
  const gone = open.filter((one) => isGone(marks.get(keyOf(one)) ?? NO_MARKS))
  // A wrapper writes its last mark before it exits, so the marks are read again only once the wrapper is known to have exited.
  const again = gone.length === 0 ? marks : sources.marks(gone.map(refOf))
  const lost = new Set<OpenAttempt>()
  for (const attempt of gone) {
    const key = keyOf(attempt)
    const mark = again.get(key) ?? NO_MARKS
    marks.set(key, mark)
    if (mark.ended === null) lost.add(attempt)
  }
  return open.flatMap((attempt) => {
    const row = rowOf(paths, attempt, marks.get(keyOf(attempt)) ?? NO_MARKS, lost.has(attempt))
    return row === null ? [] : [row]
  })
}

/** The start marks that a driver has already read, so that a check of a thousand running trials does not reread them. */
const BEGUN = new WeakMap<WorkspacePaths, Map<string, BegunMark>>()

function localSources(paths: WorkspacePaths, open: readonly OpenAttempt[]): LocalSources {
  const known = BEGUN.get(paths) ?? new Map<string, BegunMark>()
  BEGUN.set(paths, known)
  // The directory may have been cleaned up and an attempt number reused.
  for (const attempt of open) if (attempt.seen !== 'running') known.delete(keyOf(attempt))
  return { marks: (attempts) => readMarks(paths.marks, attempts, known), isRunning }
}

const NO_MARKS: AttemptMarks = { begun: null, ended: null }

const refOf = ({ i, n }: OpenAttempt): MarkedAttempt => [i, n]
const keyOf = ({ i, n }: OpenAttempt): string => `${i}-${n}`

function rowOf(
  paths: WorkspacePaths,
  { i, n, seen }: OpenAttempt,
  { begun, ended }: AttemptMarks,
  isLost: boolean,
): SeenRow | null {
  if (ended !== null) {
    return [i, n, ended.r, ended.code === 0 ? 'completed' : 'failed', endFacts(paths, i, begun, ended)]
  }
  if (begun?.kind !== 'local') return null
  const since = begun.ts === null ? {} : { begun: begun.ts }
  if (isLost) return [i, n, 0, 'failed', { reason: 'killed', ...since }]
  if (seen === 'running') return null
  const facts: SeenFacts = { job: String(begun.pid), node: begun.host, gpus: begun.gpus, ...since }
  return [i, n, 0, 'running', facts]
}
