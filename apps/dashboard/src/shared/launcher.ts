import type { LaunchChoices, LaunchedRun } from '@hotcb/launch'

/** The training runs that a page may start. Empty if the server has no launcher. */
export type LauncherAnswer = LaunchChoices

/** The process of a run; null if no launcher started it. */
export interface LaunchedAnswer {
  readonly launched: LaunchedRun | null
  /** From which a new run can be started, earliest first. */
  readonly checkpoints: readonly { readonly tag: string; readonly step: number | null }[]
}

/** The run that was started, by its name in addresses. */
export interface StartedAnswer {
  readonly run: string
}

/** The request to start, continue or branch a run. */
export interface StartRequest {
  readonly max_steps?: number
  /** Seconds. */
  readonly max_time?: number
  /** Seconds. */
  readonly step_delay?: number
  readonly seed?: number
  readonly author?: string
}
