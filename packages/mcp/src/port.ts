/** What a client may do beyond reading. `propose`: ask people. `control`: change runs. `sweep`: start and end trials. */
export type Right = 'propose' | 'control' | 'sweep'

export const RIGHTS: readonly Right[] = ['propose', 'control', 'sweep']

/** The outcome of one command line of hotcb. */
export interface CommandOutcome {
  /** 0 if it did what was asked. */
  readonly exitCode: number
  /** Its standard output. */
  readonly output: string
  /** Its standard error. */
  readonly errors: string
}

/** A window of metrics: reduced to buckets, each of which is computed from all of its points. */
export interface MetricsRequest {
  readonly names: readonly string[]
  readonly fromStep: number | undefined
  readonly toStep: number | undefined
  /** The maximum number of buckets of each metric. */
  readonly points: number
}

/** What the server needs of the machine: tools are command lines, so they do what the command line does. */
export interface McpPort {
  readonly version: string
  readonly rights: readonly Right[]
  /** Runs a command line, without `hotcb`. */
  run(words: readonly string[]): Promise<CommandOutcome>
  /**
   * The directory of a run or a sweep.
   *
   * @throws Error with one line if there is none within the directories that the server may read.
   */
  locate(path: string): string
  /** The directories that the server may read. */
  readonly roots: readonly string[]
  /** @throws Error with one line. */
  readMetrics(dir: string, request: MetricsRequest): Promise<object>
}
