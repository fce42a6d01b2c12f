// The whole public surface of @hotcb/protocol.
export { isNumberText, parseAssignment, parseValue } from './assignment.ts'
export { readCommand } from './command.ts'
export {
  type ActuatorState,
  type ActuatorType,
  type ControlDescription,
  type ControlsDocument,
  moduleOfGroup,
} from './control.ts'
export {
  type CheckpointMeta,
  type FeatureRecord,
  type HeldCommand,
  isAlive,
  type LastLine,
  type MetricRecord,
  type RecipeEntry,
  type RunDocument,
  type StateDocument,
} from './documents.ts'
export { PROTOCOL_VERSION, runFiles } from './files.ts'
export {
  type Channel,
  FREEZE_MODES,
  type FreezeMode,
  type FreezeState,
  formatFreeze,
  isReplay,
  judgeFreeze,
  parseFreeze,
  REPLAY_POLICIES,
  type ReplayPolicy,
  readFreeze,
  UNFROZEN,
} from './freeze.ts'
export { findNonFinite, isObject, type Json, type JsonObject, parseJson, show } from './json.ts'
export { DECISIONS, type Decision, formatLedgerLine, LEDGER_KEYS, type LedgerLine, readLedgerLine } from './ledger.ts'
export type { ApplyResult, Env, HotModule, ModuleContext, Outcome, SubmittedOp } from './module.ts'
export { nearest } from './nearest.ts'
export {
  type At,
  type CallbackTarget,
  CORE_MODULES,
  type Command,
  createCid,
  type Expires,
  type Op,
  RESERVED_SOURCES,
  type SourceCapture,
  sourceOf,
} from './op.ts'
export { ok, type Result, refused } from './result.ts'
export { GROUP_KEYS, OPTIMIZER_KEYS, routeParams } from './route.ts'
