import { errnoOf, JournalError } from '@hotcb/journal'

/**
 * Why a sweep cannot carry out a request. `config`: problems in the YAML. `claimed`: another process is writing to the workspace.
 * `superseded`: this process lost its claim. `full`: the disk is full. `refused`: the request is not possible in this state. `unanswered`: the scheduler did not answer.
 */
export type SweepErrorCode = 'config' | 'claimed' | 'superseded' | 'full' | 'refused' | 'unanswered'

/** An error with its code and one or more lines. */
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

/** The error for a write that failed, by the system's name for the reason. */
export function writeError(message: string, errno: string): SweepError {
  return new SweepError(FULL.has(errno) ? 'full' : 'refused', message)
}

/** Whether a write failed only for lack of space. */
export function isFull(error: unknown): boolean {
  if (isSweepError(error) || error instanceof JournalError) return error.code === 'full'
  return FULL.has(errnoOf(error))
}

/** Checks the name, because a program may contain two copies of this class. */
export function isSweepError(error: unknown): error is SweepError {
  return error instanceof Error && error.name === 'SweepError'
}
