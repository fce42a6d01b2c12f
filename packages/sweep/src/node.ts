// The entire public API of @hotcb/sweep/node: a sweep's workspace on a real file system.

export {
  FIGURE_KINDS,
  type FigureKind,
  type ResultsChoice,
  readResults,
  type SweepResults,
  studyOfResults,
  sweepFigure,
} from './node/analyse.ts'
export { type CalledTrials, type CallOptions, callTrials } from './node/call-trials.ts'
export { crashPoint } from './node/crash-point.ts'
export { contendersOf } from './node/decide-halving.ts'
export { type DriveEnd, type DriveOptions, drive } from './node/drive.ts'
export { type DriverSign, livingDriver, livingSign, readSign, writeSign } from './node/driver-sign.ts'
export { stderrTail } from './node/end-facts.ts'
export { environmentOf, readEnvFile } from './node/env-file.ts'
export { bestTrial, sweepSchedule, trialOverrides } from './node/export-schedule.ts'
export { type HalvingStep, type HalvingTick, type HalvingTickOptions, tickHalving } from './node/halving-tick.ts'
export { hasProgram } from './node/has-program.ts'
export { type InitOptions, initWorkspace } from './node/init-workspace.ts'
export { inspectSweep, type SweepInspection } from './node/inspect-sweep.ts'
export { launchDriver } from './node/launch-driver.ts'
export type { StageProgress } from './node/parts.ts'
export type { WorkspacePaths } from './node/paths.ts'
export { type LineageStep, lineageSteps } from './node/population/lineage-steps.ts'
export type { LineagePart, Schedule } from './node/population/schedule.ts'
export {
  type RequestedTrial,
  type RequestOptions,
  requestTrials,
  type Selection,
  selectTrials,
} from './node/request-trials.ts'
export type { RunOptions } from './node/run-options.ts'
export { plannedTrials, type RunOutcome, runSweep } from './node/run-sweep.ts'
export { type SetControlsOptions, type SetOutcome, setControls } from './node/set-controls.ts'
export { type DriverJobOptions, submitDriverJob } from './node/slurm/driver-job.ts'
export { type ClusterFinding, inspectCluster } from './node/slurm/inspect-cluster.ts'
export { resourcesOf } from './node/submit.ts'
export { isSweepError, SweepError, type SweepErrorCode } from './node/sweep-error.ts'
export { readSweepStatus, type SweepStatus, type TrialStatus } from './node/sweep-status.ts'
export { type TestedTrial, type TestOptions, testConfigs, testTrial } from './node/test-trial.ts'
export { hasKernel } from './node/trial/has-kernel.ts'
export {
  type CourseChoice,
  createTrialCourses,
  type TrialCourse,
  type TrialCourses,
  trialMetricNames,
} from './node/trial-courses.ts'
export { finalMetrics, type MetricPoint, metricSeries } from './node/trial-metrics.ts'
export {
  createSeedGroups,
  type MetricSummary,
  readTrialResults,
  type TrialResult,
  valuesNow,
} from './node/trial-results.ts'
export { type TrialUsage, trialUsage } from './node/trial-usage.ts'
export { USAGE_COLUMNS, usageRow } from './node/usage-rows.ts'
export {
  checkLauncher,
  configInForce,
  launchersOf,
  loadConfig,
  lookOnly,
  openWorkspace,
  underClaim,
  type Workspace,
} from './node/workspace.ts'
