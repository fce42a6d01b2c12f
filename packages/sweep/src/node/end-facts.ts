import { join } from 'node:path'
import { readLastLines } from '@hotcb/journal'
import type { SeenFacts } from '../journal/event.ts'
import { lastLogLine } from './last-log-line.ts'
import type { AttemptMarks, BegunMark } from './marks.ts'
import type { WorkspacePaths } from './paths.ts'
import { trialProgress } from './trial-metrics.ts'

/** Returns the facts from an ended attempt's marks, the files that its wrapper wrote at its start and end. */
export function endFacts(
  paths: WorkspacePaths,
  i: number,
  begun: BegunMark | null,
  ended: NonNullable<AttemptMarks['ended']>,
): SeenFacts {
  return {
    code: ended.code,
    ...(ended.code === 0 ? {} : { reason: reasonOf(ended, paths, i) }),
    ...(isSignal(ended.code) && { signal: ended.code - 128 }),
    ...(begun?.ts != null && { begun: begun.ts }),
    ...(ended.ts !== null && { ended: ended.ts }),
    ...lastSigns(paths, i),
  }
}

function reasonOf({ code, cause }: NonNullable<AttemptMarks['ended']>, paths: WorkspacePaths, i: number): string {
  if (cause !== null) return cause === 'limit' ? 'timeout' : 'parent'
  return failureOf(code, stderrTail(paths, i))
}

function lastSigns(paths: WorkspacePaths, i: number): Pick<SeenFacts, 'last_log' | 'step'> {
  const step = trialProgress(paths.results, i)?.step
  return { last_log: lastLogLine(paths, i) ?? '', ...(step !== undefined && { step }) }
}

/** Returns the failure class that follows from the exit code and the end of the error output. */
function failureOf(code: number, stderr: string): string {
  if (isOutOfMemory(stderr)) return 'oom'
  if (code === 74 || code === 75 || code === 126 || code === 127) return 'launch'
  return isSignal(code) ? 'signal' : 'exit'
}

const LAST_SIGNAL = 64

/** Bash adds 128 to a signal number. The program itself chose any greater code, such as 255. */
function isSignal(code: number): boolean {
  return code > 128 && code <= 128 + LAST_SIGNAL
}

/** Whether the end of an error output reports that memory ran out. */
export function isOutOfMemory(stderr: string): boolean {
  return /out of memory|MemoryError|oom-kill|std::bad_alloc|exceeded memory limit/i.test(stderr)
}

/** Returns the last lines that a trial wrote to its error output. */
export function stderrTail(paths: WorkspacePaths, i: number): string {
  try {
    return readLastLines(join(paths.logs, `${i}.err`), 20)
      .map(({ text }) => text)
      .join('\n')
  } catch {
    // There is no log; only the exit code is known.
    return ''
  }
}
