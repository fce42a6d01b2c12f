/**
 * A client's right in addition to reading. `propose`: propose changes to people. `control`: change runs. `sweep`:
 * start and stop trials.
 */
export type Right = 'propose' | 'control' | 'sweep'

export const RIGHTS: readonly Right[] = ['propose', 'control', 'sweep']

/** The outcome of one hotcb command line. */
export interface CommandOutcome {
  /** The exit code; 0 for success. */
  readonly exitCode: number
  /** Its standard output. */
  readonly output: string
  /** Its standard error. */
  readonly errors: string
}

/**
 * A request for a window of metrics. The points in the window are reduced to buckets. Each bucket is computed from all
 * of its points.
 */
export interface MetricsRequest {
  readonly names: readonly string[]
  readonly fromStep: number | undefined
  readonly toStep: number | undefined
  /** The maximum number of buckets per metric. */
  readonly points: number
}

/**
 * The port through which the server uses the machine. Tools run command lines, so they have the same effect as the
 * command line.
 */
export interface McpPort {
  readonly version: string
  readonly rights: readonly Right[]
  /** Runs a command line, given without `hotcb`. */
  run(words: readonly string[]): Promise<CommandOutcome>
  /**
   * Returns the directory of a run or a sweep.
   *
   * @throws Error with a one-line message if there is none within the directories that the server may read.
   */
  locate(path: string): string
  /** The directories that the server may read. */
  readonly roots: readonly string[]
  /** @throws Error with a one-line message. */
  readMetrics(dir: string, request: MetricsRequest): Promise<object>
}
