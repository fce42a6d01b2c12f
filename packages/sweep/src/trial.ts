// The entire public API of @hotcb/sweep/trial: functions with which a training run reports to the sweep that it is a trial of.
export { logResult, openTrial, type RunningTrial } from './node/trial/open-trial.ts'
export { TrialPruned, type TrialSignal } from './node/trial/trial-error.ts'
