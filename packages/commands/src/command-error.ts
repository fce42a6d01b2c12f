/** usage: the line is wrong. refused: the line is right but cannot be executed. */
export type CommandErrorCode = 'usage' | 'refused'

/** Why a line cannot become a command, in one clear sentence. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly code: CommandErrorCode
  /** A second sentence: what to type instead. */
  readonly hint: string | undefined

  constructor(code: CommandErrorCode, message: string, hint?: string) {
    super(message)
    this.code = code
    this.hint = hint
  }
}

/** A {@link CommandError} for a line that is wrong. */
export function usageError(message: string, hint?: string): CommandError {
  return new CommandError('usage', message, hint)
}

/** A {@link CommandError} for a line that is right but cannot be executed. */
export function refusal(message: string, hint?: string): CommandError {
  return new CommandError('refused', message, hint)
}

/** Whether an error is one of those above, by its name, because a program may contain two copies of this class. */
export function isCommandError(error: unknown): error is CommandError {
  return error instanceof Error && error.name === 'CommandError'
}
