/**
 * Why a sweep cannot do what it was asked to. `config`: problems in the YAML. `claimed`: another process holds the workspace.
 * `superseded`: this process lost its claim. `unwritable`: the disk is full, or does not accept writes. `refused`: the request does not fit the state. `unanswered`: nobody answered.
 */
export type SweepErrorCode = 'config' | 'claimed' | 'superseded' | 'unwritable' | 'refused' | 'unanswered'

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

/** By its name, because a program may hold two copies of this class. */
export function isSweepError(error: unknown): error is SweepError {
  return error instanceof Error && error.name === 'SweepError'
}
