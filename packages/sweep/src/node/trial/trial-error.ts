/** Thrown by `logResult` after the value was written, when the sweep asks this trial to end. */
export class TrialPruned extends Error {
  override readonly name = 'TrialPruned'
  /** `pause`: save a checkpoint first, the trial continues later. */
  readonly action: TrialSignal
  readonly index: number

  constructor(action: TrialSignal, index: number) {
    super(`trial ${index}: the sweep asks it to end (${action})`)
    this.action = action
    this.index = index
  }
}

/** The requests that a sweep may make to a running trial. */
export type TrialSignal = 'prune' | 'pause'
