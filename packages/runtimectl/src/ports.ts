import type { Result } from '@hotcb/protocol'

/** The dependencies of a controller. */
export interface ControlsPorts {
  /** Opens the queue in a directory, creating missing files. May throw. */
  openQueue(dir: string): CommandQueue
  /** Running time in milliseconds, from any origin. */
  now(): number
  /** Epoch seconds. */
  wallTime(): number
  /** A unique text. */
  newId(): string
  /** Parses JSON, including Python's `NaN`, `Infinity` and `-Infinity`. */
  parse(text: string): Result<unknown>
  /** Receives messages that would otherwise be silent. */
  log?(message: string): void
}

/** One complete line of a file. */
export interface QueueLine {
  readonly text: string
  /** Where it begins, in bytes. */
  readonly offset: number
  /** With its line ending. */
  readonly bytes: number
}

/** The result of one read of the command file. */
export interface QueueBatch {
  readonly lines: readonly QueueLine[]
  /** Whether more can be read immediately. */
  readonly more: boolean
  /** The file started over before these lines: it was replaced, cut or rewritten. */
  readonly reset: string | null
  /** Lines that are too long: where they begin, and their length in bytes. */
  readonly oversized: readonly { readonly offset: number; readonly bytes: number }[]
  /** Why nothing could be read. */
  readonly failure: string | null
}

/** A queue directory: `commands.jsonl`, `acks.jsonl` and `registry.json`. Only `acks` and the document may throw. */
export interface CommandQueue {
  /** The directory, normalized so that two names of the same one are equal. */
  readonly dir: string
  /** Whether `read` may return something; must cost almost nothing. */
  look(): boolean
  read(): QueueBatch
  /** Called now and then: checks whether the name still means this file. */
  refresh(): void
  /** Every complete line of the existing acks. */
  acks(): Iterable<QueueLine>
  /**
   * Appends complete lines to the acks; lines that cannot be written are kept and written first the next time. Returns
   * the reason.
   */
  append(text: string): string | null
  /** Retries kept lines; null if none are left. */
  flush(): string | null
  /** Size of the written acks in bytes. */
  readonly ackBytes: number
  /** Flushes them to disk, against power loss. */
  sync?(): void
  readonly registry: RegistryDocument
  close(): void
}

/** The document of registered paths. */
export interface RegistryDocument {
  /** Whether `read` may return something other than the last time; must cost almost nothing. */
  changed(): boolean
  /** Null when there is none. */
  read(): string | null
  /** Replaces it atomically. */
  write(text: string): void
}
