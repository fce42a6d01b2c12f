// The half of @hotcb/tune that touches files.
export { tuneFiles } from './node/files.ts'
export { openTuner, type TuneOptions } from './node/tune.ts'
export type { EvaluateFrom, TwinOp, TwinRequest, TwinStep } from './twin.ts'
