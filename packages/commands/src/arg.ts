import type { ArgCompletion } from '@hotcb/protocol'

/** A flag or a positional argument of a command. */
export interface Arg {
  readonly type: 'positional' | 'string' | 'boolean' | 'enum'
  /** What help pages call the value: `KEY=VALUE`. */
  readonly valueHint?: string
  readonly description?: string
  /** The value when none is given. */
  readonly default?: string | boolean
  /** Positional arguments are required unless this is false. */
  readonly required?: boolean
  /** Another name of a flag. */
  readonly alias?: string
  /** The words that the value may be. */
  readonly options?: readonly string[]
  /** What each of `options` means, where completion is to say it. */
  readonly meanings?: Readonly<Record<string, string>>
  /** What the flag alone stands for, where its value may be left out: `--wait` is `--wait=10`. */
  readonly bare?: string
  /** `--no-x` is understood as `--x=no`. For flags with a value; boolean flags have it anyway. */
  readonly negatable?: boolean
  /** The value must be a number of this kind. */
  readonly number?: NumberFormat
  /** The value must be letters, digits, dots, dashes and underscores, at most 100. */
  readonly isTag?: boolean
  /** The value may not be empty, as that of an unset shell variable is. */
  readonly isNamed?: boolean
  /** May be given several times; the values are joined by commas. */
  readonly repeats?: boolean
  /** A positional argument that takes all that follow. */
  readonly variadic?: boolean
  /** Left out of help pages and completion. */
  readonly hidden?: boolean
  readonly completes?: Completes
}

/**
 * What a number may be: `whole` >= 0, `seq` the same with or without `#` before it, `count` >= 1, `integer` of either sign,
 * `port` up to 65535, `positive` a decimal > 0, `pause` a decimal >= 0.
 */
export type NumberFormat = 'whole' | 'seq' | 'count' | 'integer' | 'port' | 'positive' | 'pause'

/**
 * What completes a value: what descriptors say, or `switches` (controls and handles that can be enabled or disabled by name),
 * `directories`, `place` (the value of `--at`), `deadline` (that of `--expires`).
 */
export interface Completes {
  readonly kind: ArgCompletion | 'switches' | 'directories' | 'place' | 'deadline'
  /** The module whose controls or handles are meant; absent: those of all. */
  readonly module?: string
}

export type Args = Readonly<Record<string, Arg>>

/** A flag with a value. */
export type StringFlag = Arg & { readonly type: 'string' }

/** What was typed for the arguments of a command, by name. A flag that was not given, and has no default, is undefined. */
export interface Values {
  readonly [name: string]: string | boolean | readonly string[] | undefined
  /** All positional words, in order. */
  readonly _: readonly string[]
}

/** {@link Values} with the type that each argument has. */
export type ReadArgs<T extends Args> = { readonly [Name in keyof T]: ValueOf<T[Name]> } & {
  readonly _: readonly string[]
}

type ValueOf<One extends Arg> = One extends { readonly type: 'boolean' }
  ? One extends { readonly default: boolean }
    ? boolean
    : boolean | undefined
  : One extends { readonly default: string }
    ? OptionOf<One>
    : One extends { readonly type: 'positional' }
      ? One extends { readonly required: false }
        ? OptionOf<One> | undefined
        : OptionOf<One>
      : OptionOf<One> | undefined

type OptionOf<One extends Arg> = One extends { readonly options: readonly (infer Word extends string)[] }
  ? Word
  : string
