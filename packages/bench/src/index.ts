// The entire public API of @hotcb/bench: arms on tasks with paired seeds, and their results.
export type { Arm, Beside, Steered } from './arm.ts'
export { createArms } from './arms.ts'
export type { RealModel } from './model-arm.ts'
export {
  type BenchPort,
  benchPort,
  type Named,
  type PortReport,
  type PortRequest,
  type PortSuite,
} from './port.ts'
export { createArmsBeside } from './python/arms.ts'
export { type CifarPlace, cifarProblem, cifarSuite } from './python/cifar10.ts'
export { formatCsv } from './report/csv.ts'
export { formatMarkdown } from './report/markdown.ts'
export { formatSvg } from './report/svg.ts'
export { type WrittenReport, writeReport } from './report/write-report.ts'
export { type Row, readRows } from './rows.ts'
export { type BenchHost, type BenchPlan, plannedRuns, runBench } from './run-bench.ts'
export { type Estimate, holm, medianEstimate, shareEstimate, wilcoxonP } from './statistics.ts'
export { DIGITS, type Suite, type SuiteTraining } from './suite.ts'
export { type ArmComparison, type Harm, type Summary, summarize } from './summary.ts'
export type { Task, TaskInfo } from './task.ts'
export { TASKS } from './tasks.ts'
export { type Trained, train } from './train.ts'
