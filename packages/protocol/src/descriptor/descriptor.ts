import type { Json, JsonObject } from '../json.ts'

/**
 * What a module says of itself, as plain JSON: its ops, the words by which people ask for them, and how a history treats them.
 *
 * Everything that reads or shows ops works from it: the command line, the dashboard, recipes, undo, `hotcb.yaml`. Descriptors of
 * modules that are not built in stand in `hotcb.actuators.json` (`modules`), so that other processes know them too.
 */
export interface ModuleDescriptor {
  /** The word for it on the wire and on a command line. */
  readonly name: string
  /** One sentence: what its commands are for. */
  readonly summary: string
  readonly ops: readonly OpDescriptor[]
  /** Its ops are commands of the first level: `hotcb pause`, not `hotcb core pause`. @defaultValue false */
  readonly isTopLevel?: boolean
  /** The shape of its section in `hotcb.yaml`. @defaultValue `controls` */
  readonly yaml?: YamlShape
  /** Below which key of the section its handles stand, where `yaml` is `handles`. */
  readonly yamlKey?: string
}

/**
 * The shape of a section of `hotcb.yaml`.
 *
 * - `controls`: `{id?, enabled?, params?}`; each parameter is a wish of its own, set with `set_params`.
 * - `handles`: `{<yamlKey>: {ID: {target?, init?, enabled?, params?}}}`; what has a target is loaded.
 * - `switch`: `{enabled, ...}`; the other keys are the params of `enable`.
 * - `none`: the section is refused.
 */
export type YamlShape = 'controls' | 'handles' | 'switch' | 'none'

export const YAML_SHAPES: readonly [YamlShape, ...YamlShape[]] = ['controls', 'handles', 'switch', 'none']

/** One op of a module. */
export interface OpDescriptor {
  /** Its word on the wire, and the first of its words on a command line. */
  readonly op: string
  /** Other words for it on a command line. */
  readonly aliases?: readonly string[]
  /** One sentence: what it does. */
  readonly summary: string
  /** Paragraphs of the help page, after the summary. */
  readonly about?: readonly string[]
  readonly examples?: readonly CommandExample[]
  /** No command of a command line: it is asked for in another way, or only a kernel writes it. @defaultValue false */
  readonly isHidden?: boolean
  /** What follows the word, in order. */
  readonly args?: readonly ArgDescriptor[]
  readonly flags?: readonly FlagDescriptor[]
  /** JSON Schema of `params`, for programs that read it; absent: anything. The module checks them itself. A recipe is checked for `minProperties`. */
  readonly params?: JsonObject
  /** Fields that it needs besides `params`: `['target']`. */
  readonly required?: readonly string[]
  /** How it is taken back; absent: it cannot be. */
  readonly inverse?: InverseRule
  /** @defaultValue `all` */
  readonly history?: HistoryRule
  /** Ops of the same id that no longer matter to a restart once this one was applied, its own included where it is named. */
  readonly replaces?: readonly string[]
  /** Whether a restart makes it again; a recipe has it all the same. @defaultValue true */
  readonly isRestored?: boolean
  /**
   * What its payload holds: the params that were set, or the fields `target`, `init`, `enabled` and `source_capture` of the op.
   *
   * @defaultValue `params`
   */
  readonly payload?: 'params' | 'fields'
  /** Its ledger lines in words, see `describe` of `@hotcb/run`. Absent: the op, and what it set. */
  readonly text?: string
}

/**
 * How history folds an op.
 *
 * - `all`: each one counts, in order.
 * - `last-by-id`: of several of one id the last counts.
 * - `none`: a restart has it, recipes leave it out: what it brings about are ops of other modules.
 */
export type HistoryRule = 'all' | 'last-by-id' | 'none'

export const HISTORY_RULES: readonly [HistoryRule, ...HistoryRule[]] = ['all', 'last-by-id', 'none']

/** How an op is taken back, from its `old`. */
export interface InverseRule {
  /** The op that takes it back. @defaultValue the same op */
  readonly op?: string
  /** The op that takes it back where there is no `old`. Absent: it changed nothing, and is refused. */
  readonly withoutOld?: string
  /** What `old` holds: params, or the fields of the op. @defaultValue `params` */
  readonly old?: 'params' | 'fields'
}

/** One line of a help page: what to type, and what it does. */
export interface CommandExample {
  readonly type: string
  readonly does: string
}

/**
 * What an argument or the value of a flag may be.
 *
 * - `text`: as it is typed, not empty.
 * - `tag`: letters, digits, dots, dashes or underscores, at most 100.
 * - `words`: all that follow, joined by blanks.
 * - `pairs`: all that follow, each `KEY=VALUE`.
 * - `values`: all that follow, each a value or `NAME=VALUE`: they become `{args, kwargs}`.
 * - `switch`: a flag without a value; `--no-NAME` is false.
 * - the others: a number, as {@link NumberKind} says.
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
 * What completes an argument: `KEY=` of the controls, their keys, handles of the module, registered paths, commands that wait,
 * tags of checkpoints, files.
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

/** Where a value may go. Not to a prototype's key: what is typed is written there. */
export const FIELD_PATH: RegExp = /^(id|mode|enabled|(params|init|target)(\.(?!__proto__$)[A-Za-z_]\w*)?)$/

/** What arguments and flags have in common. */
export interface ValueDescriptor {
  readonly name: string
  /** What a help page calls the value: `KEY=VALUE`. @defaultValue the name in capitals */
  readonly hint?: string
  readonly help: string
  readonly kind: ArgKind
  /**
   * Where the value goes: a field of the op (`id`, `params`, `init`, `enabled`, `mode`), or a key below one (`params.tag`,
   * `target.path`).
   */
  readonly into: string
  /** What else is set where it is given: `{"target.kind": "file"}`. */
  readonly also?: Readonly<Record<string, Json>>
  /** The same for a text with one of these ends: `{".py": {"target.kind": "python_file"}}`. It wins over `also`. */
  readonly alsoByEnding?: Readonly<Record<string, Readonly<Record<string, Json>>>>
  /** The words that it may be. */
  readonly options?: readonly string[]
  /** What each of `options` means, for completion. */
  readonly meanings?: Readonly<Record<string, string>>
  /** Set where it is not given. */
  readonly default?: Json
  readonly completes?: ArgCompletion
}

/** A word that follows the command. */
export interface ArgDescriptor extends ValueDescriptor {
  /** @defaultValue false */
  readonly optional?: boolean
  /** Only with another argument of these values: `{"params.action": ["drop"]}`. @defaultValue always allowed */
  readonly requiredWith?: Readonly<Record<string, readonly string[]>>
}

/** `--name VALUE`. */
export interface FlagDescriptor extends ValueDescriptor {
  /** Exactly one of the flags of the same group must be given. */
  readonly oneOf?: string
  /** Only where another field has one of these values. */
  readonly onlyWith?: Readonly<Record<string, readonly string[]>>
}
