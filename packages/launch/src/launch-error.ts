import { printable } from '@hotcb/protocol'

/**
 * Why a training run was not launched or not changed. `bad-option`: an option is wrong or contradicts another. `used`:
 * the run directory already contains a run. `not-started`: the program could not be started. `not-launched`: `launch`
 * did not start this run. `held`: another keeper process is already watching the run. `no-answer`: no trainer answered
 * the command. `closed`: the handle was closed.
 */
export type LaunchErrorCode = 'bad-option' | 'used' | 'not-started' | 'not-launched' | 'held' | 'no-answer' | 'closed'

/** Thrown when a launch fails; `code` identifies the kind of problem. */
export class LaunchError extends Error {
  override readonly name = 'LaunchError'
  readonly code: LaunchErrorCode

  constructor(code: LaunchErrorCode, message: string, options?: ErrorOptions) {
    super(printable(message), options)
    this.code = code
  }
}

/** Whether an error is a `LaunchError`. It is recognized by name, because a program may contain two copies of this class. */
export function isLaunchError(error: unknown): error is LaunchError {
  return error instanceof Error && error.name === 'LaunchError'
}
