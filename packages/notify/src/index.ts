// The whole public surface of @hotcb/notify: rules, messages and queues, as pure functions.
export { type AnswerVerdict, type Authenticate, type ButtonPress, buttonText, readButton } from './button.ts'
export { type ConfigProblem, type ConfigReading, readNotifyConfig } from './config/read-config.ts'
export { showSpan } from './config/span.ts'
export { createDeliveryFold, type Delivery, type DeliveryFold } from './deliveries.ts'
export { createEdge, type Edge, type EdgeEvent, type Moment, type ToldEdge } from './engine/edge.ts'
export type { RuleEvent } from './engine/edge-book.ts'
export {
  createEngine,
  type EngineOptions,
  type EngineRecord,
  type NotifyEngine,
} from './engine/engine.ts'
export type { AutopilotAlert, OpenProposal, RunFacts } from './engine/facts.ts'
export { composeMessage } from './engine/message.ts'
export type { Finding, Sighted } from './engine/states.ts'
export type { RunScope } from './engine/when-judge.ts'
export { type DeliveryState, type NotifyLine, readNotifyLine } from './log-line.ts'
export {
  createLane,
  type Lane,
  type LaneOptions,
  type Parcel,
  type QueuedMessage,
  type SendResult,
  type Settled,
} from './queue/lane.ts'
export { quietFor } from './queue/quiet.ts'
export { createStoryFold, type NotifyStory, type Question, type StoryFold } from './story.ts'
export { deliveryDetail, describeNotifyRule, describeQuiet, type RuleText } from './tell.ts'
export type {
  ChannelConfig,
  ChannelKind,
  Level,
  Message,
  MetricCondition,
  NotifyConfig,
  NotifyRule,
  OperatorKind,
  Phase,
  QuietHours,
  RuleName,
  SecretSource,
  Span,
  StateName,
} from './types.ts'
export { LEVELS, RULE_NAMES } from './types.ts'
