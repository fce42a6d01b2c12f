/**
 * A target for lines. An appender from `@hotcb/journal` is a sink.
 *
 * Disk errors are never thrown: a call returns null, or the reason why the lines are not on disk yet. The sink keeps
 * the text that was passed to `append`, and `flush` retries it after a failure.
 */
export interface LineSink {
  /** Receives the run directory before the first line, if the kernel has one. */
  attach?(runDir: string | undefined): void
  /** Writes complete lines, each ending in `\n`, immediately. */
  append(text: string): SinkFailure | null
  /** Retries lines that are still in memory. */
  flush(): SinkFailure | null
  /** Makes written lines durable (fsync). */
  sync?(): SinkFailure | null
  close?(): void
}

/** Why lines are not on disk yet: the system's error code (`ENOSPC`) and one clear line. */
export interface SinkFailure {
  readonly code: string
  readonly message: string
}
