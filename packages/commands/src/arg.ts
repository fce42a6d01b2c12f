import type { ArgCompletion } from '@hotcb/protocol'

/** A flag or a positional argument of a command. */
export interface Arg {
  readonly type: 'positional' | 'string' | 'boolean' | 'enum'
  /** The value's name on help pages: `KEY=VALUE`. */
  readonly valueHint?: string
  readonly description?: string
  /** The default value. */
  readonly default?: string | boolean
  /** Positional arguments are required unless this is false. */
  readonly required?: boolean
  /** An alias for a flag. */
  readonly alias?: string
  /** The allowed words for the value. */
  readonly options?: readonly string[]
  /** The meanings of the `options`, for completion. */
  readonly meanings?: Readonly<Record<string, string>>
  /** The value if the flag is given without one: `--wait` means `--wait=10`. Absent: a value is required. */
  readonly bare?: string
  /** `--no-x` means `--x=no`. For flags with a value; boolean flags always have it. */
  readonly negatable?: boolean
  /** The value must be a number of this kind. */
  readonly number?: NumberFormat
  /** The value must consist of letters, digits, dots, dashes and underscores, at most 100 characters. */
  readonly isTag?: boolean
  /** Whether an empty value is rejected. This catches unset shell variables. */
  readonly isNamed?: boolean
  /** Whether the flag may be repeated; its values are then joined by commas. */
  readonly repeats?: boolean
  /** Whether a positional argument takes all remaining words. */
  readonly variadic?: boolean
  /** Whether a variadic argument takes only the words after `--`, which may look like flags. */
  readonly behindDashes?: boolean
  /** Whether help pages and completion leave it out. */
  readonly hidden?: boolean
  readonly completes?: CompletionSource
}

/**
 * The kind of a number. `whole`: a whole number >= 0. `seq`: the same, optionally with `#` before it. `count`: >= 1.
 * `integer`: of either sign. `port`: up to 65535. `positive`: a decimal > 0. `pause`: a decimal >= 0.
 */
export type NumberFormat = 'whole' | 'seq' | 'count' | 'integer' | 'port' | 'positive' | 'pause'

/**
 * The source of completions for a value: a kind from descriptors, or `switches` (controls and handles that can be
 * enabled or disabled by name), `directories`, `place` (for `--at`), or `deadline` (for `--expires`).
 */
export interface CompletionSource {
  readonly kind: ArgCompletion | 'switches' | 'directories' | 'place' | 'deadline'
  /** The module with the controls or handles; absent: all modules. */
  readonly module?: string
}

export type Args = Readonly<Record<string, Arg>>

/** A flag with a value. */
export type StringFlag = Arg & { readonly type: 'string' }

/** The values of a command's arguments, by name. A flag that was not given, and has no default, is undefined. */
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
