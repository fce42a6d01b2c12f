import type { CallbackTarget } from '@hotcb/protocol'
import type { LoadFailure, LoadRequest } from '../ports.ts'
import type { SourceGraph } from './source-graph.ts'

/**
 * A language for callbacks. It defines which files belong to it, how to find their imports, and how to create a callback from them.
 *
 * The loader reads, hashes, captures, watches and replays files the same way for every language. It calls `read` once for each file, then
 * `evaluate` once with all of them. If either throws an error, the load fails with a one-line message.
 */
export interface SourceLanguage {
  /** Its name in messages: `Python`. */
  readonly name: string
  /** The extensions of its files, including the dot: `['.py']`. Loading any other file is refused. */
  readonly extensions: readonly string[]
  /** The kinds of target for this language if the extension does not decide, such as `python_file`. @defaultValue none */
  readonly kinds?: readonly CallbackTarget['kind'][]
  /** Finds the relative imports in one file. Imports of installed packages are left out, because they are not captured. */
  read(source: SourceText): SourceReading
  /** Creates the class, factory or callback that `request.target` names, from exactly these bytes. */
  evaluate(graph: SourceGraph, request: LoadRequest): Evaluated
  /** Loads a target of kind `module`: an installed package. If absent, such targets are refused. */
  evaluateModule?(request: LoadRequest, runDir: string): Evaluated
}

/** One file as read. */
export interface SourceText {
  /** Its real path, for resolving relative imports. In a replay, this is the path of the captured copy. */
  readonly path: string
  /** Its original path, for messages and traces. */
  readonly place: string
  /** Its text, without a byte order mark. */
  readonly text: string
}

/** A file's relative imports, or why the file is refused, in one line with the file and the line number. */
export type SourceReading =
  | {
      readonly ok: true
      /** The file's `code` for `evaluate`: the compiled or the unchanged text. */
      readonly code: string
      readonly imports: readonly RelativeImport[]
    }
  | { readonly ok: false; readonly reason: string }

/** One relative import in a file. */
export interface RelativeImport {
  /** The specifier as written. `evaluate` finds the file under this name in `imports` of the importing file. */
  readonly specifier: string
  /** Absolute paths where the file may be. The first one that is an ordinary file is used. */
  readonly candidates: readonly string[]
  /** The line of the import, starting from 1. It is only called for messages. */
  line(): number
  /**
   * Whether the import may refer to something other than a file, as in Python's `from . import name`. If there is no file, the import is
   * skipped.
   * @defaultValue false
   */
  readonly isOptional?: boolean
}

/** The value of a symbol, and a note for the ledger. */
export type Evaluated = { readonly ok: true; readonly exported: unknown; readonly notes?: string | null } | LoadFailure
