// The whole public surface of @hotcb/run: what a run directory says, told from its texts alone.
export {
  type DocumentName,
  type DocumentReading,
  type FreezeReading,
  freezeOf,
  type RunDocuments,
  readDocumentText,
} from './documents.ts'
export { type ForeignCommand, inForeignWords } from './foreign.ts'
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
export { isRunError, RunError, type RunErrorCode } from './run-error.ts'
export { type StateText, sightState } from './sighting.ts'
export { judgeSign, type Sign, type SignMemory, type SignNeedsClock, type SignVerdict } from './sign.ts'
export { limitOf, readVitals, type Vitals } from './vitals.ts'
