import type { CallbackTarget } from '@hotcb/protocol'
import type { LoadFailure, LoadRequest } from '../ports.ts'
import type { SourceGraph } from './source-graph.ts'

/**
 * A language for callbacks: its files, their imports, and how they become a callback.
 *
 * The loader reads, hashes, captures, watches and replays files of every language in the same way. It calls `read` once
 * for each file, then `evaluate` once with all of them. An error that these throw fails the load with one line.
 */
export interface SourceLanguage {
  /** Its name in messages: `Python`. */
  readonly name: string
  /** Extensions of its files, with the dot: `['.py']`. A load of any other file is refused. */
  readonly extensions: readonly string[]
  /** Its kinds of target if the extension does not decide, such as `python_file`. @defaultValue none */
  readonly kinds?: readonly CallbackTarget['kind'][]
  /** Finds the relative imports of one file. Imports of installed packages are left out: they are not captured. */
  read(source: SourceText): SourceReading
  /** Creates the class, factory or callback that `request.target` names, from exactly these bytes. */
  evaluate(graph: SourceGraph, request: LoadRequest): Evaluated
  /** Loads a target of kind `module`: an installed package. Absent: such targets are refused. */
  evaluateModule?(request: LoadRequest, runDir: string): Evaluated
}

/** One file as read. */
export interface SourceText {
  /** Its real path, for resolving relative imports. In a replay it is that of the captured copy. */
  readonly path: string
  /** Its original path, for messages and traces. */
  readonly place: string
  /** Its text, without a byte order mark. */
  readonly text: string
}

/** The relative imports of a file; or one line on why the file is refused, with the file and the line in it. */
export type SourceReading =
  | {
      readonly ok: true
      /** The `code` of the file for `evaluate`: compiled, or the unchanged text. */
      readonly code: string
      readonly imports: readonly RelativeImport[]
    }
  | { readonly ok: false; readonly reason: string }

/** One relative import of a file. */
export interface RelativeImport {
  /** As written. `evaluate` finds the file under this name in `imports` of the importing file. */
  readonly specifier: string
  /** Absolute paths where the file may be. The first that is an ordinary file is used. */
  readonly candidates: readonly string[]
  /** The line of the import, from 1. Only called for messages. */
  line(): number
  /**
   * It may name no file at all, such as Python's `from . import name`: if there is no file, it is skipped.
   * @defaultValue false
   */
  readonly isOptional?: boolean
}

/** What a symbol evaluated to, and a note for the ledger. */
export type Evaluated = { readonly ok: true; readonly exported: unknown; readonly notes?: string | null } | LoadFailure
