import type { FreezeState, JsonObject, LedgerLine, Maker, RecipeEntry, Result } from '@hotcb/protocol'
import type { ReplayPlan } from '@hotcb/recipe'

/** Why something could not be written: errno code, and one line. */
export interface Failure {
  readonly code: string
  readonly message: string
}

/** Time: running time in milliseconds for pacing, wall time in epoch seconds for what is written. */
export interface Clock {
  now(): number
  wallTime(): number
}

/** One complete line of a command file. */
export interface CommandLine {
  /** Null for the shared file, else the file's name in hotcb.commands.d. */
  readonly writer: string | null
  /** Byte offset in its file. */
  readonly offset: number
  readonly text: string
}

/** What a look into the command files gave. */
export interface CommandBatch {
  readonly lines: readonly CommandLine[]
  /** There is more to read at once. */
  readonly more: boolean
  /** Writers whose file began anew before these lines. */
  readonly reset: readonly (string | null)[]
  /** Lines too long to be taken, and why. */
  readonly refused: readonly { readonly writer: string | null; readonly offset: number; readonly reason: string }[]
}

/** Where commands come from. `look` must cost next to nothing. */
export interface CommandSource {
  look(): boolean
  read(maxBytes: number): CommandBatch
  /** The lines there are from the beginning on, without taking them; the next call goes on where this one ended. */
  ahead?(): Iterable<CommandLine>
  /** Every 100 ms: are these still the files of these names, are there new ones? */
  refresh?(): void
  /** Bytes of each command file now, by file name: what counts as done after another kernel. */
  sizes?(): Readonly<Record<string, number>>
  /** Where the next `read` goes on in each command file, by file name. */
  offsets?(): Readonly<Record<string, number>>
  close?(): void
}

/** The ledger. One `append` is one write; what could not be written stays in memory and goes first the next time. */
export interface LedgerPort {
  /** All lines there are, in order; lines that cannot be read are left out and counted by `unreadable`. */
  entries(): Iterable<LedgerLine>
  append(text: string, seqs: readonly number[]): Failure | null
  /** Tries what is still in memory; null when nothing is left. */
  flush(): Failure | null
  readonly isPending: boolean
  /** Lines that another kernel has added since we last read or wrote; empty at the cost of one fstat. */
  foreign(): Iterable<LedgerLine>
  find(seq: number): LedgerLine | undefined
  /** How much of it is known. */
  readonly bytes: number
  /** Stands for the last known bytes in the state document. */
  readonly tail?: string | null
  /**
   * What happened to a ledger that is no longer the one that was written; null while it is. Nothing is written to a lost
   * one, and `foreign` gives the lines of the file that has taken its place, as often as they change.
   */
  readonly lost?: string | null
  /** Every 100 ms: does the name still mean the same file? */
  refresh?(): void
  /**
   * Takes what is there for the ledger, whatever was lost; what has waited is written with the next lines. May throw.
   *
   * @returns All lines there are, and whether none is missing: the right file was put back.
   */
  accept?(): { readonly lines: readonly LedgerLine[]; readonly isWhole: boolean }
  /** Safe against power loss from here on. */
  sync?(): void
  close?(): void
}

/** A document that others replace: freeze, YAML. */
export interface DocumentPort {
  /** Whether `read` may give something new; must cost next to nothing. */
  changed(): boolean
  /** Null when there is none. May throw. */
  read(): string | null
  write?(text: string): void
  /** Every 100 ms: does the name still mean the same file? */
  refresh?(): void
  close?(): void
}

/** Where the kernel's own documents go. Each may throw: it is noted, and tried again with the next. */
export interface DocumentSink {
  state?(text: string): void
  actuators?(text: string): void
}

/** Waiting, for pauses. Without `block`, `apply` returns at once and says `paused`. */
export interface SleepPort {
  /** False ends the wait: the loop is needed elsewhere, and `apply` says `paused`. The next `apply` goes on to wait. */
  block?(ms: number): unknown
  /** What the log says when a pause begins. @defaultValue that the thread is blocked */
  readonly note?: string
  wait?(ms: number): Promise<void>
}

/** Saving and loading what the trainer keeps. A handler that returns a promise needs `applyAsync`. */
export interface CheckpointPort {
  save?(request: CheckpointRequest): void | Promise<void>
  /** Writes to a checkpoint's meta data that its step has had so many calls. */
  recount?(request: { readonly tag: string; readonly calls: number }): void
  /** @returns the next step to train, and the snapshot that was saved. */
  load?(request: { readonly tag: string | null }): CheckpointLoaded | Promise<CheckpointLoaded>
  /** Deletes a checkpoint. Throws when there is none of that tag, or a person's is to be deleted without confirmation. */
  drop?(request: DropRequest): CheckpointDropped
}

export interface CheckpointRequest {
  readonly tag: string
  /** The next step to train. */
  readonly step: number
  /** Seq of the last ledger line that it contains. */
  readonly seq: number
  /** How many calls of `apply` its step has had. */
  readonly calls: number
  /** Private state of the modules. */
  readonly modules: JsonObject
  /** What the kernel itself has to remember. */
  readonly kernel: JsonObject
  /** Who asked for it. */
  readonly by: Maker
  /** Number of the attempt that saves it. */
  readonly attempt: number
  /** Aborts when nobody waits for the promise that was given: what is saved must not be put in place then. */
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
  /** The next step to train of the deleted checkpoint; null where that is not known. */
  readonly step: number | null
  readonly by: Maker | null
}

export interface CheckpointLoaded {
  readonly tag: string
  readonly step: number
  /** How many calls of `apply` the step before it had. */
  readonly calls?: number
  /** `{modules, kernel}` as they were given to `save`. */
  readonly snapshot?: JsonObject | null
}

/** Recipes for the replay modes. */
export interface RecipePort {
  /** The entries to follow, adjusted and shifted, in order; or one line naming file, line, field and reason. */
  load(freeze: FreezeState): Result<ReplayPlan>
  /** Keeps what a replay really follows. */
  writeEffective?(entries: readonly RecipeEntry[]): void
}
