// The complete public API of @hotcb/notify: rules, messages and queues, as pure functions.
export { type Alert, type AlertFold, createAlertFold } from './alerts/alert-fold.ts'
export { alertRules, BUILT_IN_ALERTS } from './alerts/alert-rules.ts'
export { PAGE_RULE_FIELDS, type PageRuleReading, readPageRule, readPageRules } from './alerts/page-rule.ts'
export { type AnswerVerdict, type Authenticate, type ButtonPress, buttonText, readButton } from './button.ts'
export { type NotifyConfigProblem, type NotifyConfigReading, readNotifyConfig } from './config/read-config.ts'
export { showDuration } from './config/span.ts'
export { createDeliveryFold, type Delivery, type DeliveryFold } from './deliveries.ts'
export { createEdge, type Edge, type EdgeEvent, type Moment, type SavedEdge } from './engine/edge.ts'
export type { RuleEvent } from './engine/edge-book.ts'
export {
  createNotifyEngine,
  type EngineRecord,
  type NotifyEngine,
  type NotifyEngineOptions,
} from './engine/engine.ts'
export type { AutopilotAlert, NotifyFacts, OpenProposal } from './engine/facts.ts'
export { composeMessage } from './engine/message.ts'
export type { Finding, RememberedRun } from './engine/states.ts'
export type { RunScope } from './engine/when-judge.ts'
export { type DeliveryState, type NotifyEdge, type NotifyLine, readNotifyLine } from './log-line.ts'
export {
  type ChannelQueue,
  type ChannelQueueOptions,
  createChannelQueue,
  type DeliveryResult,
  type OutgoingBatch,
  type QueuedMessage,
  type SendResult,
} from './queue/lane.ts'
export { quietFor } from './queue/quiet.ts'
export { createNotifyHistoryFold, type NotifyHistory, type NotifyHistoryFold, type Question } from './story.ts'
export { deliveryDetail, describeNotifyRule, describeQuiet, type RuleDescription } from './tell.ts'
export { escapeMarkdown, escapeSlack, withoutMentions } from './text/escape.ts'
export type {
  ChannelConfig,
  ChannelKind,
  Duration,
  MessageLevel,
  MetricCondition,
  NotifyConfig,
  NotifyMessage,
  NotifyRule,
  OperatorKind,
  Phase,
  QuietHours,
  RuleName,
  SecretSource,
  StateName,
} from './types.ts'
export { LEVELS, RULE_NAMES } from './types.ts'
