// The whole public API of @hotcb/run. It interprets the text of the files in a run directory, and does not access files
// itself.
export { type CallbackStatus, callbacksOf } from './callbacks.ts'
export { type Describable, type DescribeStyle, describe, showValue } from './describe.ts'
export { decisionText, describeOutcome, failureReason } from './describe-outcome.ts'
export {
  type DocumentName,
  type DocumentReading,
  type FreezeReading,
  freezeOf,
  type RunDocuments,
  readDocumentText,
} from './documents.ts'
export {
  type Draft,
  type DraftConditions,
  hasConditions,
  type PreparedCommands,
  type Sender,
  writeDrafts,
} from './drafts.ts'
export { showCount, showSeconds } from './figures.ts'
export { type ForeignCommand, isForeignKernel, type KernelFacts, toForeignCommand } from './foreign.ts'
export { createHoldFold, type Holder, type HoldFold, type HoldLineKind, showHolder } from './hold-lines.ts'
export {
  type DocumentObservation,
  judgeLiveness,
  type KernelProcess,
  type Liveness,
  type LivenessEvidence,
  type LivenessFacts,
  type LivenessJudgement,
  type LivenessMemory,
  type LivenessVerdict,
  type NeedsFileClock,
} from './life.ts'
export { livenessReason } from './life-text.ts'
export { readMetricLine } from './metric-line.ts'
export { plainReason } from './plain-reason.ts'
export { doneText, finalMetrics } from './progress-text.ts'
export { type RegisteredFunction, registeredOf } from './registered.ts'
export { isRunError, RunError, type RunErrorCode } from './run-error.ts'
export type { SecretSource } from './secret-source.ts'
export { shellWord } from './shell-word.ts'
export { observeState, type StateText } from './sighting.ts'
export {
  type HeartbeatMemory,
  type HeartbeatNeedsClock,
  type HeartbeatReading,
  type HeartbeatVerdict,
  judgeHeartbeat,
} from './sign.ts'
export { type RunStreams, readStreamLine, type StreamName } from './streams.ts'
export { readVitals, silenceLimitMs, type Vitals } from './vitals.ts'
