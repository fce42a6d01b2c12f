import type { Json, JsonObject } from '../json.ts'

/**
 * A module's description of itself, as plain JSON: its ops, the commands for them, and how a history treats them.
 *
 * Everything that reads or shows ops uses it: the command line, the dashboard, recipes, undo, and `hotcb.yaml`.
 * Descriptors of modules that are not built in are listed in `hotcb.actuators.json` (`modules`), so that other
 * processes can read them too.
 */
export interface ModuleDescriptor {
  /** Its name in the wire format and on a command line. */
  readonly name: string
  /** One sentence that states the purpose of its commands. */
  readonly summary: string
  readonly ops: readonly OpDescriptor[]
  /** Whether its ops are top-level commands: `hotcb pause`, not `hotcb core pause`. @defaultValue false */
  readonly isTopLevel?: boolean
  /** The shape of its section in `hotcb.yaml`. @defaultValue `controls` */
  readonly yaml?: YamlShape
  /** The key of the section that contains its handles, if `yaml` is `handles`. */
  readonly yamlKey?: string
}

/**
 * The shape of a section of `hotcb.yaml`.
 *
 * - `controls`: `{id?, enabled?, params?}`; each parameter is set separately, with `set_params`.
 * - `handles`: `{<yamlKey>: {ID: {target?, init?, enabled?, params?}}}`; a handle with a target is loaded.
 * - `switch`: `{enabled, ...}`; the other keys are the params of `enable`.
 * - `none`: the section is rejected.
 */
export type YamlShape = 'controls' | 'handles' | 'switch' | 'none'

export const YAML_SHAPES: readonly [YamlShape, ...YamlShape[]] = ['controls', 'handles', 'switch', 'none']

/** One op of a module. */
export interface OpDescriptor {
  /** Its name in the wire format, and its main name on a command line. */
  readonly op: string
  /** Other names for it on a command line. */
  readonly aliases?: readonly string[]
  /** One sentence that states what the op does. */
  readonly summary: string
  /** Paragraphs of the help page, after the summary. */
  readonly about?: readonly string[]
  readonly examples?: readonly CommandExample[]
  /**
   * Whether it has no command on a command line, because it is requested in another way, or only a kernel writes it.
   * @defaultValue false
   */
  readonly isHidden?: boolean
  /** Its positional arguments, in order. */
  readonly args?: readonly ArgDescriptor[]
  readonly flags?: readonly FlagDescriptor[]
  /**
   * A JSON Schema of `params`, for other programs; absent: any params. The module itself checks its params. Only
   * `minProperties` is checked in recipes.
   */
  readonly params?: JsonObject
  /** Fields that it needs in addition to `params`, such as `['target']`. */
  readonly required?: readonly string[]
  /** How it is reverted; absent: it cannot be reverted. */
  readonly inverse?: InverseRule
  /** @defaultValue `all` */
  readonly history?: HistoryRule
  /**
   * Ops with the same id that a restart can ignore once this one has been applied; if listed, that includes earlier ops
   * of this kind.
   */
  readonly replaces?: readonly string[]
  /** Whether a restart repeats it; a recipe contains it in any case. @defaultValue true */
  readonly isRestored?: boolean
  /**
   * Whether the op changes nothing and only records the module's reasoning or activity. Charts do not show such lines
   * as changes.
   *
   * @defaultValue false
   */
  readonly isRecord?: boolean
  /**
   * The content of its payload: the params that were set, or the fields `target`, `init`, `enabled` and
   * `source_capture` of the op.
   *
   * @defaultValue `params`
   */
  readonly payload?: 'params' | 'fields'
  /**
   * The template for describing its ledger lines; see `describe` in `@hotcb/run`. Absent: the op, and the values that
   * it set.
   */
  readonly text?: string
}

/**
 * How a history treats repeated ops.
 *
 * - `all`: each one counts, in order.
 * - `last-by-id`: only the last op of each id counts.
 * - `none`: a restart applies it, but recipes leave it out, because its effects are ops of other modules.
 */
export type HistoryRule = 'all' | 'last-by-id' | 'none'

export const HISTORY_RULES: readonly [HistoryRule, ...HistoryRule[]] = ['all', 'last-by-id', 'none']

/** How an op is reverted, from its `old`. */
export interface InverseRule {
  /** The op that reverts it. @defaultValue the same op */
  readonly op?: string
  /**
   * The op that reverts it if there is no `old`. Absent: a line without `old` changed nothing, and reverting it is
   * rejected.
   */
  readonly withoutOld?: string
  /** The content of `old`: params, or the fields of the op. @defaultValue `params` */
  readonly old?: 'params' | 'fields'
}

/** One line on a help page: what to type, and what it does. */
export interface CommandExample {
  readonly type: string
  readonly does: string
}

/**
 * The kind of an argument, or of a flag's value.
 *
 * - `text`: non-empty text, as it is typed.
 * - `tag`: at most 100 letters, digits, dots, dashes or underscores.
 * - `words`: all remaining words, joined by spaces.
 * - `pairs`: all remaining words, each `KEY=VALUE`.
 * - `values`: all remaining words, each a value or `NAME=VALUE`: they become `{args, kwargs}`.
 * - `switch`: a flag without a value; `--no-NAME` is false.
 * - the others: a number, see {@link NumberKind}.
 */
export type ArgKind = 'text' | 'tag' | 'words' | 'pairs' | 'values' | 'switch' | NumberKind

/**
 * `whole`: a whole number >= 0. `seq`: the same, optionally with `#` before it. `count`: >= 1. `integer`: of either
 * sign. `positive`: a decimal > 0.
 */
export type NumberKind = 'whole' | 'seq' | 'count' | 'integer' | 'positive'

export const ARG_KINDS: readonly [ArgKind, ...ArgKind[]] = [
  'text',
  'tag',
  'words',
  'pairs',
  'values',
  'switch',
  'whole',
  'seq',
  'count',
  'integer',
  'positive',
]

/**
 * The source of completions for an argument: `KEY=` for the controls, their keys, the module's handles, registered
 * paths, held commands, checkpoint tags, or files.
 */
export type ArgCompletion = 'assignments' | 'controls' | 'handles' | 'registered' | 'held' | 'tags' | 'files'

export const ARG_COMPLETIONS: readonly [ArgCompletion, ...ArgCompletion[]] = [
  'assignments',
  'controls',
  'handles',
  'registered',
  'held',
  'tags',
  'files',
]

/**
 * The paths at which a value may be stored. Keys such as `__proto__` are not allowed, because user input is stored at
 * this path.
 */
export const FIELD_PATH: RegExp = /^(id|mode|enabled|(params|init|target)(\.(?!__proto__$)[A-Za-z_]\w*)?)$/

/** The common fields of arguments and flags. */
export interface ValueDescriptor {
  readonly name: string
  /** The value's name on help pages: `KEY=VALUE`. @defaultValue the name in capitals */
  readonly hint?: string
  readonly help: string
  readonly kind: ArgKind
  /**
   * Where the value goes: a field of the op (`id`, `params`, `init`, `enabled`, `mode`), or a key below one (`params.tag`,
   * `target.path`).
   */
  readonly into: string
  /** Other fields to set if it is given: `{"target.kind": "file"}`. */
  readonly also?: Readonly<Record<string, Json>>
  /**
   * Other fields to set if the value has one of these endings, such as `{".py": {"target.kind": "python_file"}}`. These
   * take precedence over `also`.
   */
  readonly alsoByEnding?: Readonly<Record<string, Readonly<Record<string, Json>>>>
  /** The allowed words. */
  readonly options?: readonly string[]
  /** The meanings of the `options`, for completion. */
  readonly meanings?: Readonly<Record<string, string>>
  /** The value if none is given. */
  readonly default?: Json
  readonly completes?: ArgCompletion
}

/** A positional argument. */
export interface ArgDescriptor extends ValueDescriptor {
  /** @defaultValue false */
  readonly optional?: boolean
  /**
   * The argument is required if another field has one of these values, such as `{"params.action": ["drop"]}`.
   * @defaultValue required only if it is not optional
   */
  readonly requiredWith?: Readonly<Record<string, readonly string[]>>
}

/** `--name VALUE`. */
export interface FlagDescriptor extends ValueDescriptor {
  /** Exactly one of the flags in the same group must be given. */
  readonly oneOf?: string
  /** The flag is allowed only if another field has one of these values. */
  readonly onlyWith?: Readonly<Record<string, readonly string[]>>
}
