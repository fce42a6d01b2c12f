/** `usage`: the line is invalid. `refused`: the line is valid, but cannot be executed. */
export type CommandErrorCode = 'usage' | 'refused'

/** The machine-readable part of an error, for programs. */
export interface ErrorDetails {
  /** A more specific code, such as `no_run`. Default: the error's own code. */
  readonly kind?: string
  /** The names and values in the message. */
  readonly facts?: Readonly<Record<string, unknown>>
  /** All problems, one line each, if there are several. The error message is the first of them. */
  readonly problems?: readonly string[]
}

/** Thrown when a line cannot be turned into a command. The message is a single sentence. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly code: CommandErrorCode
  /** A second sentence that suggests what to type instead. */
  readonly hint: string | undefined
  readonly details: ErrorDetails

  constructor(code: CommandErrorCode, message: string, hint?: string, details: ErrorDetails = {}) {
    super(message)
    this.code = code
    this.hint = hint
    this.details = details
  }
}

/** Creates the {@link CommandError} for an invalid line. */
export function usageError(message: string, hint?: string, details?: ErrorDetails): CommandError {
  return new CommandError('usage', message, hint, details)
}

/** Creates the {@link CommandError} for a line that is valid but cannot be executed. */
export function refusal(message: string, hint?: string, details?: ErrorDetails): CommandError {
  return new CommandError('refused', message, hint, details)
}

/**
 * Whether an error is a {@link CommandError}. It is recognized by its name, because a program may contain two copies of
 * the class.
 */
export function isCommandError(error: unknown): error is CommandError {
  return error instanceof Error && error.name === 'CommandError'
}
