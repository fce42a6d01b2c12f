import type { Result } from '@hotcb/protocol'

/** The dependencies of a controller. */
export interface ControlsPorts {
  /** Opens the queue in a directory, creating missing files. May throw. */
  openQueue(dir: string): CommandQueue
  /** Returns a monotonic time in milliseconds, with any origin. */
  now(): number
  /** Returns the wall time in epoch seconds. */
  wallTime(): number
  /** Returns a unique string. */
  newId(): string
  /** Parses JSON, including Python's `NaN`, `Infinity` and `-Infinity`. */
  parse(text: string): Result<unknown>
  /** Receives messages that would otherwise be lost. */
  log?(message: string): void
}

/** One complete line of a file. */
export interface QueueLine {
  readonly text: string
  /** The offset of its first byte. */
  readonly offset: number
  /** Its length, including the line ending. */
  readonly bytes: number
}

/** The result of one read of the command file. */
export interface QueueBatch {
  readonly lines: readonly QueueLine[]
  /** Whether more lines can be read immediately. */
  readonly more: boolean
  /** Why reading started over before these lines (the file was replaced, truncated or rewritten); null if it did not. */
  readonly reset: string | null
  /** The offset and length in bytes of lines that are too long. */
  readonly oversized: readonly { readonly offset: number; readonly bytes: number }[]
  /** Why nothing could be read; null if reading succeeded. */
  readonly failure: string | null
}

/** A queue directory: `commands.jsonl`, `acks.jsonl` and `registry.json`. Only `acks` and the document may throw. */
export interface CommandQueue {
  /** The directory, normalized so that two names for the same directory are equal. */
  readonly dir: string
  /** Whether `read` may return something. Must cost almost nothing. */
  look(): boolean
  read(): QueueBatch
  /** Called occasionally to check whether the name still refers to this file. */
  refresh(): void
  /** Yields every complete line in the acks file. */
  acks(): Iterable<QueueLine>
  /** Appends complete lines to the acks. If they cannot be written, returns the reason, keeps them and writes them first next time. */
  append(text: string): string | null
  /** Tries to write the kept lines. Returns the reason if that fails; null if none are left. */
  flush(): string | null
  /** The size of the written acks in bytes. */
  readonly ackBytes: number
  /** Flushes the acks to disk, to protect against power loss. */
  sync?(): void
  readonly registry: RegistryDocument
  close(): void
}

/** The document of registered paths. */
export interface RegistryDocument {
  /** Whether the document may have changed since the last `read`. Must cost almost nothing. */
  changed(): boolean
  /** Returns the text; null if there is no document. */
  read(): string | null
  /** Replaces the document atomically. */
  write(text: string): void
}
