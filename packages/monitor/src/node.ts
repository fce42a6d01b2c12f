// The entire public API of @hotcb/monitor/node: a workspace's monitor.
export { type ActDraft, PROPOSABLE_TOOLS, type RequestedAct, requestAct } from './node/act-requests.ts'
export { dryRunTick, type MonitorDryRun } from './node/dry-run.ts'
export { type MonitorEnd, type MonitorOptions, runMonitor } from './node/monitor.ts'
export { addToInbox, monitorPaths } from './node/monitor-files.ts'
export type { MonitorPort } from './node/monitor-parts.ts'
export {
  answerProposal,
  type MonitorView,
  type ProposalView,
  readMonitorView,
  type SpendView,
} from './node/monitor-view.ts'
export { livingMonitor } from './node/one-monitor.ts'
export type { TickReport } from './node/tick.ts'
