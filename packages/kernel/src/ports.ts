import type { FreezeState, JsonObject, LedgerLine, Maker, RecipeEntry, Result } from '@hotcb/protocol'
import type { ReplayPlan } from '@hotcb/recipe'

/** Why something could not be written: the errno code, and one line of text. */
export interface WriteFailure {
  readonly code: string
  readonly message: string
}

/** The clocks: running time in milliseconds, for pacing; wall time in epoch seconds, for records. */
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
  /** Whether more lines can be read immediately. */
  readonly more: boolean
  /** Writers whose file was replaced or truncated before these lines. */
  readonly reset: readonly (string | null)[]
  /** Lines that are too long, with reasons. */
  readonly refused: readonly { readonly writer: string | null; readonly offset: number; readonly reason: string }[]
}

/** The source of commands. Its `look` must be very cheap, because it is called very often. */
export interface CommandSource {
  look(): boolean
  read(maxBytes: number): CommandBatch
  /**
   * Returns the existing lines from the beginning, without taking them. The next call continues where this one stopped.
   */
  ahead?(): Iterable<CommandLine>
  /** Called every 100 ms: checks whether the names still refer to these files, and whether there are new files. */
  refresh?(): void
  /**
   * Returns the current size in bytes of each command file, by file name. If a different kernel wrote the last ledger
   * line, these bytes count as done.
   */
  sizes?(): Readonly<Record<string, number>>
  /** Returns the offset at which the next `read` continues in each command file, by file name. */
  offsets?(): Readonly<Record<string, number>>
  close?(): void
}

/**
 * The ledger. One `append` is one write. Lines that could not be written stay in memory and are written first at the
 * next `append`.
 */
export interface LedgerPort {
  /** Returns all existing lines, in order. Unreadable lines are left out. */
  entries(): Iterable<LedgerLine>
  append(text: string, seqs: readonly number[]): WriteFailure | null
  /** Retries the lines that are still in memory; null if none are left. */
  flush(): WriteFailure | null
  readonly isPending: boolean
  /**
   * Returns the lines that another kernel has added since the last read or write. An empty result costs one `fstat`.
   */
  foreign(): Iterable<LedgerLine>
  find(seq: number): LedgerLine | undefined
  /** The number of its bytes that have been read or written so far. */
  readonly bytes: number
  /** A string that identifies the last known bytes, for the state document. */
  readonly tail?: string | null
  /**
   * What happened to the ledger if it is no longer the one that was written; null while it is intact. Nothing is
   * written to a lost ledger, and `foreign` returns the lines of the file that has replaced it, whenever they change.
   */
  readonly lost?: string | null
  /** Called every 100 ms: checks whether the name still refers to the same file. */
  refresh?(): void
  /**
   * Accepts the existing file as the ledger, whatever was lost; waiting lines are written with the next ones. May
   * throw.
   *
   * @returns All existing lines, and whether the ledger is complete because the right file was restored.
   */
  accept?(): { readonly lines: readonly LedgerLine[]; readonly isWhole: boolean }
  /** Flushes to disk, so that a power failure loses no lines. */
  sync?(): void
  close?(): void
}

/** A document that other processes replace: the freeze document or the YAML. */
export interface DocumentPort {
  /** Whether `read` may return something new; must cost almost nothing. */
  changed(): boolean
  /** Returns the text; null if there is no document. May throw. */
  read(): string | null
  write?(text: string): void
  /** Called every 100 ms: checks whether the name still refers to the same file. */
  refresh?(): void
  close?(): void
}

/** Writes the kernel's own documents. Each function may throw: the error is logged, and the next write tries again. */
export interface DocumentSink {
  state?(text: string): void
  actuators?(text: string): void
}

/** Waits during pauses. Without `block`, `apply` returns immediately with `paused`. */
export interface SleepPort {
  /**
   * Blocks for the given number of milliseconds. If the host needs the loop, this returns `false` and the wait ends:
   * `apply` returns `paused`, and the next `apply` continues to wait.
   */
  block?(ms: number): unknown
  /** The message to log when a pause begins. @defaultValue a message that the thread is blocked */
  readonly note?: string
  wait?(ms: number): Promise<void>
}

/** Saves and loads the trainer's state. A handler that returns a promise needs `applyAsync`. */
export interface CheckpointPort {
  save?(request: CheckpointRequest): void | Promise<void>
  /** Updates the number of calls in a checkpoint's metadata. */
  recount?(request: { readonly tag: string; readonly calls: number }): void
  /** @returns the next step to train, and the snapshot that was saved. */
  load?(request: { readonly tag: string | null }): CheckpointLoaded | Promise<CheckpointLoaded>
  /**
   * Why there is no `load`, and what to do instead. It is added to the error message of a command that requests a load.
   */
  readonly noLoad?: string
  /**
   * Deletes a checkpoint. Throws when there is none with that tag, or when a person saved it and the deletion is not
   * confirmed.
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
  /** Aborts if the returned promise is no longer awaited. In that case the checkpoint must not be moved into place. */
  readonly signal: AbortSignal
}

export interface DropRequest {
  readonly tag: string
  /** Whether a checkpoint may be deleted even if a person saved it. */
  readonly isConfirmed: boolean
  /** Number of the attempt that deletes it. */
  readonly attempt: number
}

export interface CheckpointDropped {
  /** The deleted checkpoint's next step to train; null if unknown. */
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

/** Loads recipes for the replay modes. */
export interface RecipePort {
  /**
   * Returns the entries to follow, in order, with the overlay and the step offset applied; or one line with file, line,
   * field and reason.
   */
  load(freeze: FreezeState): Result<ReplayPlan>
  /** Stores the plan that a replay actually follows. */
  writeEffective?(entries: readonly RecipeEntry[]): void
}
