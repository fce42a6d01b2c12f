import { join } from 'node:path'
import { readLastLines } from '@hotcb/journal'
import type { SeenFacts, SeenRow } from '../journal/event.ts'
import { type Attempt, type Fold, isEnd, type TrialRecord } from '../journal/fold.ts'
import { newestAttempt } from '../journal/trial-state.ts'
import { type AttemptMarks, isRunning, readMarks } from './marks.ts'
import type { WorkspacePaths } from './paths.ts'

/** The local attempts that are not over. */
export function openLocalAttempts(fold: Fold): readonly (readonly [TrialRecord, Attempt])[] {
  return [...fold.trials.values()].flatMap((record) => {
    const attempt = newestAttempt(record)
    if (attempt === undefined || attempt.executor !== 'local' || isEnd(attempt.seen)) return []
    return [[record, attempt] as const]
  })
}

/** What the marks say that the journal does not know yet. */
export function observeLocal(paths: WorkspacePaths, fold: Fold): readonly SeenRow[] {
  const open = openLocalAttempts(fold)
  if (open.length === 0) return []
  const first = readMarks(paths.marks)
  // A wrapper makes its last mark before it ends: what seems to be gone without one is looked at again.
  let second: ReturnType<typeof readMarks> | undefined
  return open.flatMap(([{ trial }, attempt]) => {
    const key = `${trial.i}-${attempt.n}`
    let marks = first.get(key)
    if (marks?.begun && marks.ended === null && isRunning(marks.begun) === false) {
      second ??= readMarks(paths.marks)
      marks = second.get(key)
    }
    const row = rowOf(paths, trial.i, attempt, marks)
    return row === null ? [] : [row]
  })
}

function rowOf(paths: WorkspacePaths, i: number, attempt: Attempt, marks: AttemptMarks | undefined): SeenRow | null {
  const { begun = null, ended = null } = marks ?? {}
  const { n } = attempt
  if (ended !== null) {
    const facts: SeenFacts = {
      code: ended.code,
      ...(ended.code === 0 ? {} : { reason: failureOf(ended.code, stderrTail(paths, i)) }),
      ...(ended.code > 128 && { signal: ended.code - 128 }),
      ...(begun?.ts != null && { begun: begun.ts }),
      ...(ended.ts !== null && { ended: ended.ts }),
    }
    return [i, n, ended.r, ended.code === 0 ? 'completed' : 'failed', facts]
  }
  if (begun === null) return null
  if (isRunning(begun) === false) {
    return [i, n, 0, 'failed', { reason: 'killed', ...(begun.ts !== null && { begun: begun.ts }) }]
  }
  if (attempt.seen === 'running') return null
  const facts = { job: String(begun.pid), node: begun.host, gpus: begun.gpus }
  return [i, n, 0, 'running', { ...facts, ...(begun.ts !== null && { begun: begun.ts }) }]
}

/** The class of a failure, by its exit code and the end of its error output. */
function failureOf(code: number, stderr: string): string {
  if (/out of memory|MemoryError|oom-kill|std::bad_alloc/i.test(stderr)) return 'oom'
  if (code === 74 || code === 75 || code === 126 || code === 127) return 'launch'
  return code > 128 ? 'signal' : 'exit'
}

function stderrTail(paths: WorkspacePaths, i: number): string {
  try {
    return readLastLines(join(paths.logs, `${i}.err`), 20)
      .map(({ text }) => text)
      .join('\n')
  } catch {
    // No log: its code is all that is known.
    return ''
  }
}
