/** A training run that a dashboard page may start: a built-in example, or a config file that the owner created. */
export interface LaunchChoice {
  /** Identifies it in requests: the name of a built-in example or a config file. */
  readonly id: string
  readonly kind: 'built-in' | 'file'
  /** One sentence for people. */
  readonly description: string
  /** The number of steps; null if the program decides. */
  readonly max_steps: number | null
  /** The delay after each step, in seconds; null if the program decides. */
  readonly step_delay: number | null
}

/** All training runs that can be started, and the problems with unusable config files, one line each. */
export interface LaunchChoices {
  readonly choices: readonly LaunchChoice[]
  readonly problems: readonly string[]
}

/**
 * The options that a page may choose when it starts a run. Everything else comes from the built-in example or the config file.
 */
export interface StartValues {
  readonly maxSteps?: number | undefined
  /** The time limit in seconds. */
  readonly maxTimeSeconds?: number | undefined
  /** The delay after each step, in seconds. */
  readonly stepDelaySeconds?: number | undefined
}

/** The options that a page may choose for a new run from a checkpoint. */
export interface BranchValues extends StartValues {
  /** Arguments for `hotcb set`, such as `lr=0.01`. */
  readonly set?: readonly string[] | undefined
}

/** The state of a run's process, as a launcher sees it. */
export interface LaunchedRun {
  /** A short description of the training. */
  readonly config: string
  readonly seed: number
  readonly max_steps: number | null
  /** The delay after each step, in seconds. */
  readonly step_delay: number | null
  /** The number of times it was started. */
  readonly starts: number
  readonly is_training: boolean
  /** Whether it was asked to stop and has not ended yet. */
  readonly is_stopping: boolean
  /** A short description of how it ended; null while it is training. */
  readonly ended: string | null
  /** The run that it was branched from. */
  readonly parent: { readonly run: string; readonly step: number } | null
  /** Whether this program can start its training. */
  readonly can_start: boolean
}

/** The person who requests a start, for the run's log. */
export interface Requester {
  readonly author: string | null
}

/** Starts, continues and stops training runs for the pages of a dashboard. Runs are identified by their absolute directory. */
export interface Launcher {
  choices(): LaunchChoices
  /** Returns the state of a run; null if no launcher started it, or if a different user of this machine did. */
  look(dir: string): LaunchedRun | null
  /** @throws LaunchError @returns The run directory. */
  start(choice: string, values: StartValues & { readonly seed?: number | undefined }, by: Requester): Promise<string>
  /** Attaches to a run that is training, or continues one that is not. @throws LaunchError, RunError */
  resume(dir: string, values: StartValues, by: Requester): Promise<void>
  /**
   * Asks the training to stop: `core stop`, later SIGTERM and SIGKILL. If it was already asked, it keeps its remaining time to save.
   *
   * @param isNow Whether a training run that was already asked to stop gets the next signal immediately.
   * @throws LaunchError if no training is running there, or if its process is on a different machine and has no kernel.
   */
  stop(dir: string, isNow?: boolean): Promise<void>
  /** Starts a new run from a checkpoint. @throws LaunchError, RunError @returns The run directory. */
  branch(dir: string, tag: string, values: BranchValues, by: Requester): Promise<string>
  /** Stops watching. Training runs continue. */
  close(): void
}
