// The entire public API of @hotcb/sweep: a sweep as a function of its config and its journal.
export { pythonStr } from '@hotcb/expr'
export {
  type ContourAxis,
  type ParameterImportance,
  parameterImportance,
  type SweepContour,
  type SweepStudy,
  sweepContour,
  sweepStudy,
  type ValuedTrial,
} from './analysis/study.ts'
export type { ThinCourse } from './analysis/thin.ts'
export { HALVING_MODES, type HalvingMode, type Parameter, type SweepConfig, type Take } from './config/config.ts'
export { createFieldReader, type Field, type FieldReader } from './config/field-reader.ts'
export { isModelSearch } from './config/model-methods.ts'
export { optional } from './config/optional.ts'
export { type ConfigProblem, tellConfigProblem } from './config/problem.ts'
export { type ConfigReading, readConfig } from './config/read-config.ts'
export { memoryBytes, resourceProblem } from './config/read-resources.ts'
export { draftConfig, draftLauncher, type SweepDraft } from './import/draft.ts'
export { readHydraWords } from './import/hydra-words.ts'
export { readWandbSweep } from './import/wandb.ts'
export { createFold, type Fold, type TrialRecord } from './journal/fold.ts'
export {
  HERD_STATUS,
  isLive,
  newestAttempt,
  type SweepTrialState,
  TRIAL_STATES,
  trialState,
} from './journal/trial-state.ts'
export { planModelSearch, type SearchedTrial, type SearchOutcome } from './plan/model-search.ts'
export { planGrid } from './plan/plan.ts'
export { pow10 } from './plan/pow10.ts'
export { formatG } from './plan/python-text.ts'
export { planSearch } from './plan/search.ts'
export { matchesPins, type Pins, readPins } from './plan/select.ts'
export { configOf, groupKey, parameterNames, stageOf } from './plan/stages.ts'
export { jsonOf, type PlannedTrial, type SweepTrial, trialValues } from './plan/trial.ts'
export { judgeHalving, standingsOf, type TrialStanding } from './planners/halving.ts'
export type { DecidedVerdict, HalvingStanding, HalvingVerdict } from './planners/judgement.ts'
export { nextRetryAt } from './planners/retries.ts'
export { type Contender, rungSteps } from './planners/rungs.ts'
export { SWEEP_SKILL } from './skill.ts'
export { isHeld, isNeverMet } from './slurm/reasons.ts'
export type { SweepProgress } from './status/progress.ts'
export { fromJson } from './value.ts'
