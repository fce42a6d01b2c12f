/** Why an operation on a run directory is impossible. */
export type RunErrorCode =
  | 'no-directory'
  | 'not-a-directory'
  | 'no-run'
  | 'newer-protocol'
  | 'foreign-kernel'
  | 'bad-argument'
  | 'bad-command'
  | 'unfit'
  | 'not-written'
  | 'held'
  | 'not-held'

/** An error in the use of a run directory, with a one-line message. */
export class RunError extends Error {
  override readonly name = 'RunError'
  readonly code: RunErrorCode
  /** The suggested fix. */
  readonly hint: string | undefined

  constructor(code: RunErrorCode, message: string, hint?: string) {
    super(message)
    this.code = code
    this.hint = hint
  }
}

/**
 * Whether an error is a {@link RunError}. It is recognized by name, because a program may contain two copies of this
 * class.
 */
export function isRunError(error: unknown): error is RunError {
  return error instanceof Error && error.name === 'RunError'
}
