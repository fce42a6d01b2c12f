// The whole public surface of @hotcb/sweep/trial: what a training run that is a trial of a sweep reports.
export { logResult, openTrial, type RunningTrial } from './node/trial/open-trial.ts'
export { TrialPruned, type TrialSignal } from './node/trial/trial-error.ts'
