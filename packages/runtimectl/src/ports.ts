import type { Result } from '@hotcb/protocol'

/** What a controller needs of the world around it. */
export interface ControlsPorts {
  /** Opens the queue in a directory, making what is missing. May throw. */
  openQueue(dir: string): CommandQueue
  /** Running time in milliseconds, from any origin. */
  now(): number
  /** Epoch seconds. */
  wallTime(): number
  /** A text that nobody else has. */
  newId(): string
  /** Reads JSON, also with the `NaN`, `Infinity` and `-Infinity` that Python writes. */
  parse(text: string): Result<unknown>
  /** Told what would otherwise be silent. */
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

/** What one read of the command file gave. */
export interface QueueBatch {
  readonly lines: readonly QueueLine[]
  /** There is more to read at once. */
  readonly more: boolean
  /** The file began anew before these lines: it was replaced, cut or rewritten. */
  readonly reset: string | null
  /** Lines too long to be taken: where they begin, and their length in bytes. */
  readonly oversized: readonly { readonly offset: number; readonly bytes: number }[]
  /** Why nothing could be read. */
  readonly failure: string | null
}

/** A queue directory: `commands.jsonl`, `acks.jsonl` and `registry.json`. Only `acks` and the document may throw. */
export interface CommandQueue {
  /** The directory, such that two names of the same one are equal. */
  readonly dir: string
  /** Whether `read` may give something; must cost next to nothing. */
  look(): boolean
  read(): QueueBatch
  /** Now and then: is this still the file of its name? */
  refresh(): void
  /** Every complete line of the acks there are. */
  acks(): Iterable<QueueLine>
  /** Appends whole lines to the acks; what cannot be written is kept and goes first the next time. Gives the reason. */
  append(text: string): string | null
  /** Tries what is still kept; null when nothing is. */
  flush(): string | null
  /** Bytes of the acks that are written. */
  readonly ackBytes: number
  /** Makes them safe against power loss. */
  sync?(): void
  readonly registry: RegistryDocument
  close(): void
}

/** The document of registered paths. */
export interface RegistryDocument {
  /** Whether `read` may give something else than the last time; must cost next to nothing. */
  changed(): boolean
  /** Null when there is none. */
  read(): string | null
  /** Replaces it at one stroke. */
  write(text: string): void
}
