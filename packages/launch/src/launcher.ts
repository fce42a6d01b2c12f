/** A training run that a page of the dashboard may start: a built-in one, or a config file that the owner put in place. */
export interface LaunchChoice {
  /** Identifies it in requests: the name of a built-in example, or of a config file. */
  readonly id: string
  readonly kind: 'built-in' | 'file'
  /** One sentence for people. */
  readonly description: string
  /** Null: the program decides. */
  readonly max_steps: number | null
  /** Seconds; null: the program decides. */
  readonly step_delay: number | null
}

/** All training runs that can be started, and config files that cannot be used, one line each. */
export interface LaunchChoices {
  readonly choices: readonly LaunchChoice[]
  readonly problems: readonly string[]
}

/** The options that a page may choose for a start. Everything else comes from the built-in example or from the config file. */
export interface StartValues {
  readonly maxSteps?: number | undefined
  /** Seconds. */
  readonly maxTimeSeconds?: number | undefined
  /** Seconds. */
  readonly stepDelaySeconds?: number | undefined
}

/** The options that a page may choose for a new run from a checkpoint. */
export interface BranchValues extends StartValues {
  /** Words of `hotcb set`, such as `lr=0.01`. */
  readonly set?: readonly string[] | undefined
}

/** The process of a run, as far as a launcher knows it. */
export interface LaunchedRun {
  /** The training, in a few words. */
  readonly config: string
  readonly seed: number
  readonly max_steps: number | null
  /** Seconds. */
  readonly step_delay: number | null
  /** How often it was started. */
  readonly starts: number
  readonly is_training: boolean
  /** Whether it received a request to end and has not ended yet. */
  readonly is_stopping: boolean
  /** How it ended, in a few words; null while it trains. */
  readonly ended: string | null
  /** The run that it was branched from. */
  readonly parent: { readonly run: string; readonly step: number } | null
  /** Whether this program has its training. */
  readonly can_start: boolean
}

/** Who asks for a start, for the log of the run. */
export interface Requester {
  readonly author: string | null
}

/** Starts, continues and ends training runs for the pages of a dashboard. Runs are named by their absolute directory. */
export interface Launcher {
  choices(): LaunchChoices
  /** Null for a run that was not started by a launcher, or by another user of this machine. */
  look(dir: string): LaunchedRun | null
  /** @throws LaunchError @returns The run directory. */
  start(choice: string, values: StartValues & { readonly seed?: number | undefined }, by: Requester): Promise<string>
  /** Attaches to a run that trains, and continues one that does not. @throws LaunchError, RunError */
  resume(dir: string, values: StartValues, by: Requester): Promise<void>
  /**
   * Asks the training to end: `core stop`, later SIGTERM and SIGKILL. One that is already asked is left the time to save.
   *
   * @param isNow One that is already asked gets the next signal at once.
   * @throws LaunchError if nothing trains there.
   */
  stop(dir: string, isNow?: boolean): Promise<void>
  /** Starts a new run from a checkpoint. @throws LaunchError, RunError @returns The run directory. */
  branch(dir: string, tag: string, values: BranchValues, by: Requester): Promise<string>
  /** Forgets what it watches. Training runs continue. */
  close(): void
}
