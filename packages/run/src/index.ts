// The whole public surface of @hotcb/run: the content of a run directory, from its texts alone.
export { type CallbackStatus, callbacksOf } from './callbacks.ts'
export { type Describable, type DescribeStyle, describe, showValue } from './describe.ts'
export {
  type DocumentName,
  type DocumentReading,
  type FreezeReading,
  freezeOf,
  type RunDocuments,
  readDocumentText,
} from './documents.ts'
export { type Conditions, type Draft, hasConditions, type Sender, type Written, writeDrafts } from './drafts.ts'
export { showCount, showSeconds } from './figures.ts'
export { type ForeignCommand, inForeignWords, isForeignKernel, type KernelFacts } from './foreign.ts'
export { createHoldFold, type Holder, type HoldFold, type HoldLineKind, showHolder } from './hold-lines.ts'
export {
  type DocumentSighting,
  type Evidence,
  type Judged,
  judgeLife,
  type KernelProcess,
  type Life,
  type LifeLook,
  type LifeMemory,
  type NeedsFileClock,
  type Verdict,
} from './life.ts'
export { reasonOf } from './life-text.ts'
export { readMetricLine } from './metric-line.ts'
export { plainReason } from './plain-reason.ts'
export { doneText, finalMetrics } from './progress-text.ts'
export { type RegisteredFunction, registeredOf } from './registered.ts'
export { isRunError, RunError, type RunErrorCode } from './run-error.ts'
export type { SecretSource } from './secret-source.ts'
export { shellWord } from './shell-word.ts'
export { type StateText, sightState } from './sighting.ts'
export { judgeSign, type Sign, type SignMemory, type SignNeedsClock, type SignVerdict } from './sign.ts'
export { type RunStreams, readStreamLine, type StreamName } from './streams.ts'
export { limitOf, readVitals, type Vitals } from './vitals.ts'
