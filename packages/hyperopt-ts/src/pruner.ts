import type { StudyDirection, Trial } from './trial.ts'

/** Stops trials that are not worth continuing. */
export interface Pruner {
  readonly name: string
  /** Whether `trial`, which has just reported a value, should stop. `trials` contains all trials of the study, including this one. */
  readonly shouldPrune: (trial: Trial, trials: readonly Trial[], direction: StudyDirection) => boolean
}
