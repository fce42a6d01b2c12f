import type { ArgDef, CommandDef, ParsedArgs } from 'citty'
import type { CliContext } from './context.ts'
import type { ExitCode } from './exit-code.ts'

/** A flag or a positional argument: citty's definition, and what citty has no word for. */
export type Arg = ArgDef & {
  /** What the flag alone stands for, where its value may be left out: `--wait` is `--wait=10`. */
  readonly bare?: string
  /** `--no-x` is understood as `--x=no`. For flags with a value; boolean flags have it anyway. */
  readonly negatable?: boolean
  /**
   * The value must be a number: `whole` >= 0, `count` >= 1, `integer` of either sign, `port` up to 65535, `positive` a
   * decimal > 0, `pause` a decimal >= 0.
   */
  readonly number?: NumberKind
  /** The value may not be empty, as that of an unset shell variable is. */
  readonly isNamed?: boolean
  /** May be given several times; the values are joined by commas. */
  readonly repeats?: boolean
  /** A positional argument that takes all that follow. */
  readonly variadic?: boolean
  /** Left out of help pages and completion. */
  readonly hidden?: boolean
}

/** A flag with a value. */
export type StringFlag = Arg & { readonly type: 'string' }

export type NumberKind = 'whole' | 'count' | 'integer' | 'port' | 'positive' | 'pause'
export type Args = Readonly<Record<string, Arg>>

/** One line of a help page: what to type, and what it does. */
export interface Example {
  readonly type: string
  readonly does: string
}

/** One command: a citty command definition with a help page. */
export interface CliCommand extends CommandDef {
  readonly args: Record<string, Arg>
  /** Paragraphs of the help page, after the summary. */
  readonly about: readonly string[]
  readonly examples: readonly Example[]
  /** What completes a positional argument: keys of the run, handles, or fixed words. */
  readonly completes?: Completes
}

export type Completes =
  | 'assignments'
  | 'handles'
  | 'callbacks'
  | 'paths'
  | 'held'
  | 'tags'
  | 'files'
  | readonly string[]

/** What {@link cliCommand} takes. */
export interface CliCommandOptions<T extends Args> {
  readonly args: T
  readonly about?: readonly string[]
  readonly examples: readonly Example[]
  readonly completes?: Completes
  run(args: ReadArgs<T>, context: CliContext): ExitCode | Promise<ExitCode>
}

/** The arguments as a command gets them, by citty's rules. */
export type ReadArgs<T extends Args> = ParsedArgs<{ -readonly [K in keyof T]: T[K] }>

/** A command as citty runs it: the arguments typed by their definitions, the context handed in as citty's data. */
export function cliCommand<const T extends Args>(options: CliCommandOptions<T>): CliCommand {
  const { args, about = [], examples, completes } = options
  return {
    args,
    about,
    examples,
    ...(completes === undefined ? {} : { completes }),
    // citty hands over what it parsed by these same definitions, and the data that `runCli` gave it.
    run: (call) => options.run(call.args as ReadArgs<T>, call.data as CliContext),
  }
}
