import type { LaunchChoices, LaunchedRun } from '@hotcb/launch'

/** The training runs that a page may start. Empty if the server has no launcher. */
export type LauncherAnswer = LaunchChoices

/** A run's process; null if no launcher started it. */
export interface LaunchedAnswer {
  readonly launched: LaunchedRun | null
  /** The checkpoints from which a new run can be started, earliest first. */
  readonly checkpoints: readonly { readonly tag: string; readonly step: number | null }[]
}

/** The new run, by its id. */
export interface StartedAnswer {
  readonly run: string
}

/** A request to start, continue or branch a run. */
export interface StartRequest {
  readonly max_steps?: number
  /** In seconds. */
  readonly max_time?: number
  /** In seconds. */
  readonly step_delay?: number
  readonly seed?: number
  readonly author?: string
}
