import { EXIT, type ExitCode } from './exit-code.ts'

/** usage: the command line is wrong. refused: it is right and cannot be done. no-answer: nobody answered in time. */
export type CliErrorCode = 'usage' | 'refused' | 'no-answer'

/** What ends a command with one clear line and an exit code of its own. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly code: CliErrorCode
  /** A second line: what to type instead. */
  readonly hint: string | undefined

  constructor(code: CliErrorCode, message: string, hint?: string) {
    super(message)
    this.code = code
    this.hint = hint
  }

  get exitCode(): ExitCode {
    if (this.code === 'usage') return EXIT.usage
    return this.code === 'refused' ? EXIT.refused : EXIT.noAnswer
  }
}

/** A {@link CliError} of a wrong command line. */
export function usageError(message: string, hint?: string): CliError {
  return new CliError('usage', message, hint)
}

/** A {@link CliError} of something that is asked rightly and cannot be done. */
export function refusal(message: string, hint?: string): CliError {
  return new CliError('refused', message, hint)
}

/** Whether an error is one of those above, by name: the published program has this class in two files. */
export function isCliError(error: unknown): error is CliError {
  return error instanceof Error && error.name === 'CliError'
}
