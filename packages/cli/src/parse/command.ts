import type { Args, ReadArgs, Values } from '@hotcb/commands'
import type { CommandExample } from '@hotcb/protocol'
import type { CommandDef } from 'citty'
import type { CliContext } from '../context.ts'
import type { ExitCode } from '../exit-code.ts'

/** One command: its arguments, its help page, and its citty command. */
export interface CliCommand {
  readonly args: Args
  /** The paragraphs after the summary on the help page. */
  readonly about: readonly string[]
  readonly examples: readonly CommandExample[]
  /** Receives {@link CommandCall} as its data. It has no citty arguments, because hotcb parses the line itself. */
  readonly command: CommandDef
}

/** The data that a command runs with. */
export interface CommandCall {
  readonly values: Values
  readonly context: CliContext
}

/** The argument of {@link cliCommand}. */
export interface CliCommandOptions<T extends Args> {
  readonly args: T
  readonly about?: readonly string[]
  readonly examples: readonly CommandExample[]
  run(args: ReadArgs<T>, context: CliContext): ExitCode | Promise<ExitCode>
}

/** Creates a command. The types of its arguments follow from their definitions. */
export function cliCommand<const T extends Args>(options: CliCommandOptions<T>): CliCommand {
  const { args, about = [], examples } = options
  return {
    args,
    about,
    examples,
    command: {
      run: ({ data }) => {
        // `runCli` passes the values that were parsed by these definitions.
        const { values, context } = data as CommandCall
        return options.run(values as ReadArgs<T>, context)
      },
    },
  }
}
