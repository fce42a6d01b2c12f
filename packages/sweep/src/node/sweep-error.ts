import { errnoOf, JournalError } from '@hotcb/journal'

/**
 * Why a sweep cannot carry out a request. `config`: problems in the YAML. `claimed`: another process is writing to the workspace.
 * `superseded`: this process lost its claim. `full`: the disk is full. `refused`: the request is not possible in this state. `unanswered`:
 * the scheduler did not answer.
 */
export type SweepErrorCode = 'config' | 'claimed' | 'superseded' | 'full' | 'refused' | 'unanswered'

/** An error with a code and one or more lines of text. */
export class SweepError extends Error {
  override readonly name = 'SweepError'
  readonly code: SweepErrorCode
  readonly lines: readonly string[]

  constructor(code: SweepErrorCode, lines: string | readonly string[]) {
    const all = typeof lines === 'string' ? [lines] : lines
    super(all.join('\n'))
    this.code = code
    this.lines = all
  }
}

const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** Returns the error for a failed write. The code follows from the errno. */
export function writeError(message: string, errno: string): SweepError {
  return new SweepError(FULL.has(errno) ? 'full' : 'refused', message)
}

/** Whether a write failed only because the disk is full. */
export function isFull(error: unknown): boolean {
  if (isSweepError(error) || error instanceof JournalError) return error.code === 'full'
  return FULL.has(errnoOf(error))
}

/** Checks the name instead of the class, because a program may contain two copies of the class. */
export function isSweepError(error: unknown): error is SweepError {
  return error instanceof Error && error.name === 'SweepError'
}
