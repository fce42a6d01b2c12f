import type { StudyDirection, Trial } from './trial.ts'

/** What stops trials that are not worth going on with. */
export interface Pruner {
  readonly name: string
  /** True when `trial`, which has just been reported, should stop. `trials` are all of the study, itself included. */
  readonly shouldPrune: (trial: Trial, trials: readonly Trial[], direction: StudyDirection) => boolean
}
