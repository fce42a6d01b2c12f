// The part of @hotcb/tune that reads and writes files.
export { tuneFiles } from './node/files.ts'
export { openTuner, type TuneOptions } from './node/tune.ts'
export type { EvaluateFrom, TwinOp, TwinRequest, TwinStep } from './twin.ts'
