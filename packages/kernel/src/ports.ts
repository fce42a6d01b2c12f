import type { FreezeState, JsonObject, LedgerLine, Maker, RecipeEntry, Result } from '@hotcb/protocol'
import type { ReplayPlan } from '@hotcb/recipe'

/** Why something could not be written: errno code, and one line. */
export interface WriteFailure {
  readonly code: string
  readonly message: string
}

/** Time: running time in milliseconds for pacing, wall time in epoch seconds for records. */
export interface Clock {
  now(): number
  wallTime(): number
}

/** One complete line of a command file. */
export interface CommandLine {
  /** Null for the shared file, otherwise the file's name in hotcb.commands.d. */
  readonly writer: string | null
  /** Byte offset in its file. */
  readonly offset: number
  readonly text: string
}

/** The result of reading the command files. */
export interface CommandBatch {
  readonly lines: readonly CommandLine[]
  /** Whether more can be read immediately. */
  readonly more: boolean
  /** Writers whose file started over before these lines. */
  readonly reset: readonly (string | null)[]
  /** Lines that are too long, with reasons. */
  readonly refused: readonly { readonly writer: string | null; readonly offset: number; readonly reason: string }[]
}

/** The source of commands. `look` must cost almost nothing. */
export interface CommandSource {
  look(): boolean
  read(maxBytes: number): CommandBatch
  /** The existing lines from the beginning, without taking them; the next call continues where this one ended. */
  ahead?(): Iterable<CommandLine>
  /** Called every 100 ms: checks whether the names still mean these files, and whether there are new ones. */
  refresh?(): void
  /** Current size in bytes of each command file, by file name: these bytes count as done after another kernel. */
  sizes?(): Readonly<Record<string, number>>
  /** Where the next `read` continues in each command file, by file name. */
  offsets?(): Readonly<Record<string, number>>
  close?(): void
}

/**
 * The ledger. One `append` is one write; lines that could not be written stay in memory and are written first the next
 * time.
 */
export interface LedgerPort {
  /** All existing lines, in order; lines that cannot be read are left out and counted by `unreadable`. */
  entries(): Iterable<LedgerLine>
  append(text: string, seqs: readonly number[]): WriteFailure | null
  /** Retries the lines that are still in memory; null if none are left. */
  flush(): WriteFailure | null
  readonly isPending: boolean
  /** Lines that another kernel has added since we last read or wrote; an empty result costs one fstat. */
  foreign(): Iterable<LedgerLine>
  find(seq: number): LedgerLine | undefined
  /** How much of it is known. */
  readonly bytes: number
  /** Identifies the last known bytes in the state document. */
  readonly tail?: string | null
  /**
   * What happened to a ledger that is no longer the one that was written; null while it still is. Nothing is written to
   * a lost ledger, and `foreign` returns the lines of the file that has replaced it, whenever they change.
   */
  readonly lost?: string | null
  /** Called every 100 ms: checks whether the name still means the same file. */
  refresh?(): void
  /**
   * Accepts the existing file as the ledger, whatever was lost; waiting lines are written with the next ones. May
   * throw.
   *
   * @returns All existing lines, and whether none is missing because the right file was restored.
   */
  accept?(): { readonly lines: readonly LedgerLine[]; readonly isWhole: boolean }
  /** Flushes to disk, against power loss. */
  sync?(): void
  close?(): void
}

/** A document that other processes replace: freeze, YAML. */
export interface DocumentPort {
  /** Whether `read` may return something new; must cost almost nothing. */
  changed(): boolean
  /** Null if there is none. May throw. */
  read(): string | null
  write?(text: string): void
  /** Called every 100 ms: checks whether the name still means the same file. */
  refresh?(): void
  close?(): void
}

/** Writes the kernel's own documents. Each may throw: the error is noted, and the next write tries again. */
export interface DocumentSink {
  state?(text: string): void
  actuators?(text: string): void
}

/** Waiting, for pauses. Without `block`, `apply` returns immediately with `paused`. */
export interface SleepPort {
  /**
   * False ends the wait: the loop is needed elsewhere, and `apply` returns `paused`. The next `apply` continues to
   * wait.
   */
  block?(ms: number): unknown
  /** The log message when a pause begins. @defaultValue that the thread is blocked */
  readonly note?: string
  wait?(ms: number): Promise<void>
}

/** Saving and loading the trainer's state. A handler that returns a promise needs `applyAsync`. */
export interface CheckpointPort {
  save?(request: CheckpointRequest): void | Promise<void>
  /** Updates the number of calls of its step in a checkpoint's meta data. */
  recount?(request: { readonly tag: string; readonly calls: number }): void
  /** @returns the next step to train, and the snapshot that was saved. */
  load?(request: { readonly tag: string | null }): CheckpointLoaded | Promise<CheckpointLoaded>
  /** Why there is no `load`, and what to do instead: added to the error of a command that asks for it. */
  readonly noLoad?: string
  /**
   * Deletes a checkpoint. Throws when there is none with that tag, or for a person's checkpoint without confirmation.
   */
  drop?(request: DropRequest): CheckpointDropped
}

export interface CheckpointRequest {
  readonly tag: string
  /** The next step to train. */
  readonly step: number
  /** Seq of the last ledger line that it contains. */
  readonly seq: number
  /** The number of calls of `apply` in its step. */
  readonly calls: number
  /** Private state of the modules. */
  readonly modules: JsonObject
  /** The kernel's own state. */
  readonly kernel: JsonObject
  /** Who requested it. */
  readonly by: Maker
  /** Number of the attempt that saves it. */
  readonly attempt: number
  /** Aborts if the returned promise is no longer awaited: the save must then not be put in place. */
  readonly signal: AbortSignal
}

export interface DropRequest {
  readonly tag: string
  /** Whether a checkpoint that a person saved may be deleted too. */
  readonly isConfirmed: boolean
  /** Number of the attempt that deletes it. */
  readonly attempt: number
}

export interface CheckpointDropped {
  /** The next step to train of the deleted checkpoint; null if unknown. */
  readonly step: number | null
  readonly by: Maker | null
}

export interface CheckpointLoaded {
  readonly tag: string
  readonly step: number
  /** The number of calls of `apply` in the step before it. */
  readonly calls?: number
  /** `{modules, kernel}` as passed to `save`. */
  readonly snapshot?: JsonObject | null
}

/** Recipes for the replay modes. */
export interface RecipePort {
  /** The entries to follow, adjusted and shifted, in order; or one line with file, line, field and reason. */
  load(freeze: FreezeState): Result<ReplayPlan>
  /** Stores the plan that a replay really follows. */
  writeEffective?(entries: readonly RecipeEntry[]): void
}
