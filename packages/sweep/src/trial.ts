// The entire public API of @hotcb/sweep/trial: functions with which a trial's training run reports to its sweep.
export { logResult, openTrial, type RunningTrial } from './node/trial/open-trial.ts'
export { TrialPruned, type TrialSignal } from './node/trial/trial-error.ts'
