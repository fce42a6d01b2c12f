/** usage: the line is wrong. refused: the line is right but cannot be executed. */
export type CommandErrorCode = 'usage' | 'refused'

/** The machine-readable part of an error, since a program does not read sentences. */
export interface ErrorDetails {
  /** A finer code, such as `no_run`. Default: the code of the error. */
  readonly kind?: string
  /** Names and values of the message. */
  readonly facts?: Readonly<Record<string, unknown>>
  /** All problems, a line each, if there are several. The message is the first one. */
  readonly problems?: readonly string[]
}

/** Why a line cannot become a command, in one clear sentence. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly code: CommandErrorCode
  /** A second sentence: what to type instead. */
  readonly hint: string | undefined
  readonly details: ErrorDetails

  constructor(code: CommandErrorCode, message: string, hint?: string, details: ErrorDetails = {}) {
    super(message)
    this.code = code
    this.hint = hint
    this.details = details
  }
}

/** A {@link CommandError} for a line that is wrong. */
export function usageError(message: string, hint?: string, details?: ErrorDetails): CommandError {
  return new CommandError('usage', message, hint, details)
}

/** A {@link CommandError} for a line that is right but cannot be executed. */
export function refusal(message: string, hint?: string, details?: ErrorDetails): CommandError {
  return new CommandError('refused', message, hint, details)
}

/** Whether an error is one of those above, by its name, because a program may contain two copies of this class. */
export function isCommandError(error: unknown): error is CommandError {
  return error instanceof Error && error.name === 'CommandError'
}
