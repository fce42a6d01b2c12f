// The entire public API of @hotcb/monitor. Pure: no files, no network, no clock.
export { type AuditFold, createAuditFold, openProposals, type Proposal } from './audit.ts'
export { type MonitorConfig, type MonitorConfigReading, readMonitorConfig } from './config.ts'
export type { ChatConfig } from './config-chat.ts'
export { deltaSince, stampsOf } from './delta.ts'
export { actOf, staleness } from './tools/act-of.ts'
export { schemaOf, type ToolSpec } from './tools/spec.ts'
export { findTool, TOOLS } from './tools/table.ts'
export { type Failure, type FailureClass, failureOf } from './triage/fingerprint.ts'
export { moreMemory, moreTime } from './triage/more.ts'
export { type TriageDecision, type TriageInput, triage } from './triage/triage.ts'
export {
  type Act,
  type Outlook,
  type ToolClass,
  type ToolPermission,
  TRIGGERS,
  type TrialView,
  type Trigger,
} from './types.ts'
