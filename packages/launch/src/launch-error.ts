import { printable } from '@hotcb/protocol'

/**
 * Why a training was not launched, or not changed: `bad-option` an option that is wrong or contradicts another, `used` a run
 * directory that already holds a run, `not-started` a program that could not be started, `not-launched` a run that `launch` did not
 * start, `held` a run that another launcher runs, `no-answer` a command that no trainer answered, `closed` a handle that was closed.
 */
export type LaunchErrorCode = 'bad-option' | 'used' | 'not-started' | 'not-launched' | 'held' | 'no-answer' | 'closed'

/** A launch that cannot go on; `code` says why. */
export class LaunchError extends Error {
  override readonly name = 'LaunchError'
  readonly code: LaunchErrorCode

  constructor(code: LaunchErrorCode, message: string, options?: ErrorOptions) {
    super(printable(message), options)
    this.code = code
  }
}

/** Whether an error is one of those above, by name, because a program may contain two copies of this class. */
export function isLaunchError(error: unknown): error is LaunchError {
  return error instanceof Error && error.name === 'LaunchError'
}
