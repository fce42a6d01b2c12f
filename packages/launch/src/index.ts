// The complete public API of @hotcb/launch: options, and the history in a launched run's log. It accesses no files
// and no processes.
export { type FieldKind, fieldProblem } from './field-kinds.ts'
export { isLaunchError, LaunchError, type LaunchErrorCode } from './launch-error.ts'
export type {
  BranchValues,
  LaunchChoice,
  LaunchChoices,
  LaunchedRun,
  Launcher,
  Requester,
  StartValues,
} from './launcher.ts'
export { formatOptions, readOptionFile, readOptions } from './option-file.ts'
export type { LaunchOptions, LaunchTuneMode } from './options.ts'
export {
  DEFAULT_TRAINING,
  joinOptions,
  type LaunchPlan,
  planLaunch,
  type Training,
  type Trainings,
  type TrainingTarget,
} from './plan.ts'
export {
  createProcessFold,
  type ProcessEnd,
  type ProcessFold,
  type ProcessMark,
  type ProcessStory,
} from './process-log.ts'
export { pythonOf } from './python.ts'
