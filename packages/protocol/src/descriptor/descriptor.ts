import type { Json, JsonObject } from '../json.ts'

/**
 * A module's description of itself, as plain JSON: its ops, the commands for them, and how a history treats them.
 *
 * Everything that reads or shows ops uses it: the command line, the dashboard, recipes, undo, `hotcb.yaml`. Descriptors
 * of modules that are not built in are listed in `hotcb.actuators.json` (`modules`), so that other processes know them
 * too.
 */
export interface ModuleDescriptor {
  /** Its name in the wire format and on a command line. */
  readonly name: string
  /** One sentence: the purpose of its commands. */
  readonly summary: string
  readonly ops: readonly OpDescriptor[]
  /** Its ops are top-level commands: `hotcb pause`, not `hotcb core pause`. @defaultValue false */
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
 * - `none`: the section is refused.
 */
export type YamlShape = 'controls' | 'handles' | 'switch' | 'none'

export const YAML_SHAPES: readonly [YamlShape, ...YamlShape[]] = ['controls', 'handles', 'switch', 'none']

/** One op of a module. */
export interface OpDescriptor {
  /** Its name in the wire format, and its main name on a command line. */
  readonly op: string
  /** Other names for it on a command line. */
  readonly aliases?: readonly string[]
  /** One sentence: what it does. */
  readonly summary: string
  /** Paragraphs of the help page, after the summary. */
  readonly about?: readonly string[]
  readonly examples?: readonly CommandExample[]
  /**
   * It has no command on a command line: it is requested in another way, or only a kernel writes it. @defaultValue
   * false
   */
  readonly isHidden?: boolean
  /** Its positional arguments, in order. */
  readonly args?: readonly ArgDescriptor[]
  readonly flags?: readonly FlagDescriptor[]
  /** JSON Schema of `params`, for programs that read it; absent: anything. The module checks them itself. A recipe is checked for `minProperties`. */
  readonly params?: JsonObject
  /** Fields that it needs besides `params`: `['target']`. */
  readonly required?: readonly string[]
  /** How it is reverted; absent: it cannot be reverted. */
  readonly inverse?: InverseRule
  /** @defaultValue `all` */
  readonly history?: HistoryRule
  /** Ops of the same id that no longer matter to a restart once this one was applied, including itself if listed. */
  readonly replaces?: readonly string[]
  /** Whether a restart repeats it; a recipe contains it in any case. @defaultValue true */
  readonly isRestored?: boolean
  /**
   * It changes nothing: a module only records its reasoning or activity. Charts hide such lines among the changes.
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
   * The template that describes its ledger lines, see `describe` of `@hotcb/run`. Absent: the op, and the values it
   * set.
   */
  readonly text?: string
}

/**
 * How history folds an op.
 *
 * - `all`: each one counts, in order.
 * - `last-by-id`: only the last op of each id counts.
 * - `none`: a restart applies it, recipes leave it out: its effects are ops of other modules.
 */
export type HistoryRule = 'all' | 'last-by-id' | 'none'

export const HISTORY_RULES: readonly [HistoryRule, ...HistoryRule[]] = ['all', 'last-by-id', 'none']

/** How an op is reverted, from its `old`. */
export interface InverseRule {
  /** The op that reverts it. @defaultValue the same op */
  readonly op?: string
  /** The op that reverts it if there is no `old`. Absent: it changed nothing, and the revert is refused. */
  readonly withoutOld?: string
  /** The content of `old`: params, or the fields of the op. @defaultValue `params` */
  readonly old?: 'params' | 'fields'
}

/** One line of a help page: what to type, and what it does. */
export interface CommandExample {
  readonly type: string
  readonly does: string
}

/**
 * The kind of an argument or of the value of a flag.
 *
 * - `text`: as it is typed, not empty.
 * - `tag`: letters, digits, dots, dashes or underscores, at most 100.
 * - `words`: all remaining words, joined by spaces.
 * - `pairs`: all remaining words, each `KEY=VALUE`.
 * - `values`: all remaining words, each a value or `NAME=VALUE`: they become `{args, kwargs}`.
 * - `switch`: a flag without a value; `--no-NAME` is false.
 * - the others: a number, see {@link NumberKind}.
 */
export type ArgKind = 'text' | 'tag' | 'words' | 'pairs' | 'values' | 'switch' | NumberKind

/** `whole` >= 0, `seq` the same with or without `#` before it, `count` >= 1, `integer` of either sign, `positive` a decimal > 0. */
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
 * What completes an argument: `KEY=` of the controls, their keys, handles of the module, registered paths, held
 * commands, tags of checkpoints, files.
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

/** Where a value may be stored. A key of a prototype is not allowed, since user input is written there. */
export const FIELD_PATH: RegExp = /^(id|mode|enabled|(params|init|target)(\.(?!__proto__$)[A-Za-z_]\w*)?)$/

/** The common fields of arguments and flags. */
export interface ValueDescriptor {
  readonly name: string
  /** The name of the value on help pages: `KEY=VALUE`. @defaultValue the name in capitals */
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
  /** The same for a text with one of these endings: `{".py": {"target.kind": "python_file"}}`. It wins over `also`. */
  readonly alsoByEnding?: Readonly<Record<string, Readonly<Record<string, Json>>>>
  /** The allowed words. */
  readonly options?: readonly string[]
  /** The meaning of each of `options`, for completion. */
  readonly meanings?: Readonly<Record<string, string>>
  /** Used if it is not given. */
  readonly default?: Json
  readonly completes?: ArgCompletion
}

/** A positional argument. */
export interface ArgDescriptor extends ValueDescriptor {
  /** @defaultValue false */
  readonly optional?: boolean
  /**
   * Allowed only if another argument has one of these values: `{"params.action": ["drop"]}`. @defaultValue always
   * allowed
   */
  readonly requiredWith?: Readonly<Record<string, readonly string[]>>
}

/** `--name VALUE`. */
export interface FlagDescriptor extends ValueDescriptor {
  /** Exactly one of the flags of the same group must be given. */
  readonly oneOf?: string
  /** Allowed only if another field has one of these values. */
  readonly onlyWith?: Readonly<Record<string, readonly string[]>>
}
