/**
 * Where lines go. An appender of `@hotcb/journal` is one as it stands.
 *
 * Nothing throws on account of the disk: a call gives null, or why the lines are not on disk yet. A text that `append`
 * was given is the sink's from then on: after a failure `flush` tries it again.
 */
export interface LineSink {
  /** Told the run directory before the first line, where a kernel has one. */
  attach?(runDir: string | undefined): void
  /** Takes whole lines, each ending in `\n`, and writes them at once. */
  append(text: string): SinkFailure | null
  /** Tries what is still in memory. */
  flush(): SinkFailure | null
  /** Makes what was written safe against power loss. */
  sync?(): SinkFailure | null
  close?(): void
}

/** Why lines are not on disk yet: the system's code (`ENOSPC`) and one clear line. */
export interface SinkFailure {
  readonly code: string
  readonly message: string
}
