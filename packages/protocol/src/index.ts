// The whole public API of @hotcb/protocol. The schemas and the YAML reader are separate entries: loading their
// dependencies would cost a command line 20 ms.
export type { AiRun, AiState } from './ai-state.ts'
export { isNumberText, parseAssignment, parseValue } from './assignment.ts'
export { isThenable, requireSync } from './at-once.ts'
export { type Attempt, readAttempt } from './attempt.ts'
export {
  type AutopilotKind,
  type AutopilotLine,
  CONFIDENCES,
  type Confidence,
  readAutopilotLine,
} from './autopilot.ts'
export { type Capabilities, readCapabilities } from './capabilities.ts'
export { type AskedValues, checkCommand } from './check-command.ts'
export {
  type ControlsByKey,
  checkParams,
  controlsByKey,
  DROP_RULE,
  findDescribed,
  type ParamsPlace,
  type ParamsProblem,
  scaleRuleOf,
  unknownControl,
} from './check-params.ts'
export {
  checkValue,
  isNumeric,
  type SpreadValue,
  spreadValue,
  type ValuePlace,
  type ValueRule,
} from './check-value.ts'
export { type CheckpointMeta, readCheckpointMeta } from './checkpoint-meta.ts'
export { formatCommand, readCommand } from './command.ts'
export {
  type ActuatorState,
  type ActuatorType,
  type ControlDescription,
  type ControlGroup,
  type ControlsDocument,
  moduleOfGroup,
  readControl,
  readControlsDocument,
} from './control.ts'
export { copyJson } from './copy-json.ts'
export { MAX_DEPTH, TOO_DEEP } from './depth.ts'
export { describeExit } from './describe-exit.ts'
export { BUILT_IN_MODULES, BUILT_IN_TABLE, createModuleTable, type ModuleTable } from './descriptor/built-in.ts'
export { CB_DESCRIPTOR } from './descriptor/callbacks.ts'
export { CONTROL_OPS, controlsDescriptor } from './descriptor/controls.ts'
export type {
  ArgCompletion,
  ArgDescriptor,
  ArgKind,
  CommandExample,
  FlagDescriptor,
  HistoryRule,
  InverseRule,
  ModuleDescriptor,
  NumberKind,
  OpDescriptor,
  ValueDescriptor,
  YamlShape,
} from './descriptor/descriptor.ts'
export { unknownDescriptorField } from './descriptor/descriptor-keys.ts'
export { readModuleDescriptor, readModules } from './descriptor/read-descriptor.ts'
export { CTL_DESCRIPTOR } from './descriptor/registered.ts'
export { TUNE_DESCRIPTOR } from './descriptor/tune.ts'
export {
  type DesiredCore,
  type DesiredHandle,
  type DesiredModule,
  type DesiredState,
  type DesiredSwitch,
  readDesiredState,
} from './desired-state.ts'
export { type FeatureRecord, formatFeatureRecord, readFeatureRecord } from './feature.ts'
export { PROTOCOL_VERSION, runFiles } from './files.ts'
export {
  type Channel,
  FREEZE_MODES,
  type FreezeMode,
  type FreezeState,
  formatFreeze,
  freezePayload,
  isReplay,
  judgeFreeze,
  parseFreeze,
  REPLAY_POLICIES,
  type ReplayPolicy,
  readFreeze,
  sameFreeze,
  UNFROZEN,
} from './freeze.ts'
export { findNonFinite, isObject, type Json, type JsonObject, nonFiniteProblems, show } from './json.ts'
export { jsonTokens } from './json-tokens.ts'
export { DECISIONS, type Decision, type LedgerLine, readLedgerLine } from './ledger.ts'
export { formatLedgerLine } from './ledger-text.ts'
export { isMachine, type Maker, readMaker } from './maker.ts'
export { maskSecrets, withoutLogin } from './mask-secrets.ts'
export {
  formatMetricRecord,
  isStep,
  type MetricRecord,
  metricValue,
  readMetricRecord,
  readShownMetrics,
  type ShownMetrics,
} from './metric.ts'
export type { ApplyResult, Env, HotModule, ModuleContext, Outcome, SubmittedOp } from './module.ts'
export { type NamedGroups, narrowGroups } from './narrow-groups.ts'
export { didYouMean, nearest } from './nearest.ts'
export { oneLine } from './one-line.ts'
export {
  type At,
  type CallbackTarget,
  type Command,
  createCid,
  type Expires,
  type Op,
  type SourceCapture,
  sourceOf,
} from './op.ts'
export { checkOptions, describeShape, type OptionKeys, optionProblem } from './option-check.ts'
export { type GitState, ORIGIN_VARIABLES, type RunOrigin } from './origin.ts'
export {
  type Overlay,
  type OverlayMatch,
  type OverlayPatch,
  type ParamTransform,
  readOverlay,
} from './overlay.ts'
export { parseJson } from './parse-json.ts'
export { escapeControls, printable } from './printable.ts'
export { type ProposalRequest, readProposalRequest } from './proposal-request.ts'
export { isRampMoving, type Ramp, type RampPlace, rampEndStep, rampValue, readRamp } from './ramp.ts'
export { rateKeysProblem, withOneRateKey } from './rate-keys.ts'
export {
  formatRecipeEntry,
  opOfEntry,
  type RecipeEntry,
  type RecipePlace,
  readRecipeEntry,
} from './recipe-entry.ts'
export { findRelative, parseRelative, type Relative, readRelative, resolveRelative, showRelative } from './relative.ts'
export { ok, type Result, refused } from './result.ts'
export { GROUP_KEYS, OPTIMIZER_KEYS, routeParams } from './route.ts'
export { type RunDocument, type RunParent, readRunDocument } from './run.ts'
export { createSafePointCheck, envProblem, type SafePointCheck } from './safe-point-check.ts'
export { sameJson } from './same-json.ts'
export { isNamePattern, namePieces, type SelectNamesOptions, selectNames } from './select-names.ts'
export { readSetParams, type SetParams } from './set-params.ts'
export { placesOfSource, type SourceBases } from './source-places.ts'
export {
  type HeldCommand,
  type LastLine,
  type RanksStatus,
  readStateDocument,
  type StateDocument,
} from './state.ts'
export { readSubmittedOp } from './submitted-op.ts'
export { formatDocument, formatLine } from './text.ts'
export { characterWidth, textWidth } from './text-width.ts'
export { headlineOf, messageOf, namedMessageOf, ranksOf, traceOf } from './thrown.ts'
export {
  type MutationStatus,
  readTuneMutation,
  readTuneSegment,
  type TuneMutation,
  type TuneSegment,
  type TuneSummary,
} from './tune-log.ts'
export type { TuneActuator, TuneKnob, TunePhase, TuneRecipe } from './tune-recipe.ts'
export { type YamlReader, type YamlReading, yamlProblem } from './yaml-reading.ts'
