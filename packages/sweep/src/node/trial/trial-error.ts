/** Thrown by `logResult` after the value was written, if the sweep has asked this trial to stop. */
export class TrialPruned extends Error {
  override readonly name = 'TrialPruned'
  /** `pause` means that the trial should save a checkpoint first, because it continues later. */
  readonly action: TrialSignal
  readonly index: number

  constructor(action: TrialSignal, index: number) {
    super(`trial ${index}: the sweep asked it to stop (${action})`)
    this.action = action
    this.index = index
  }
}

/** The requests that a sweep may make to a running trial. */
export type TrialSignal = 'prune' | 'pause'
