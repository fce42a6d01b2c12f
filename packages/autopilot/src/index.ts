// The entire public API of @hotcb/autopilot. Pure: no files, no clock.
export { type AiConfig, DEFAULT_AI } from './ai/ai-config.ts'
export type { ModelRequest } from './ai/ai-rule.ts'
export { type AiDecision, type DecidedAction, decisionsOf } from './ai/decisions.ts'
export { shortened } from './ai/quoted.ts'
export { readOneObject } from './ai/strict-json.ts'
export { createTrends, type MetricCourse, type Trends, trendNumbers, trendText } from './ai/trends.ts'
export { type AutoCheckpoint, START_TAG } from './checkpoint-fold.ts'
export { CONDITION_PARAMS, NAMED_CONDITIONS, type NamedCondition } from './condition-params.ts'
export {
  type AutopilotConfig,
  type AutopilotConfigReading,
  DEFAULT_AUTOPILOT_CONFIG,
  readAutopilotConfig,
  readKeyMetricText,
} from './config.ts'
export { type ConfigEdit, withMode, withRule, withRuleFiles } from './config-edit.ts'
export { DEFAULT_RULES } from './default-rules.ts'
export { createRuleEngine } from './engine.ts'
export { formatRules } from './format-rules.ts'
export { type ChangePermission, DEFAULT_LIMITS, judgeChange, readLimits } from './limits.ts'
export { type LineStamp, logLineOf, queuedLine } from './log-lines.ts'
export {
  type AutopilotLog,
  type AutopilotModule,
  type AutopilotOptions,
  type AutopilotRequests,
  createAutopilot,
} from './module.ts'
export { AGENT_RULE_ID, REQUEST_LIFE_S } from './proposal-request.ts'
export { joinRuleSets, type RuleFileReading, readRuleFile } from './rule-file.ts'
export { formatRuleProblem, type RuleProblem } from './rule-reader.ts'
export { describeRuleState, type RuleState, ruleStates } from './rule-states.ts'
export {
  type CheckpointSaver,
  createCheckpointSaver,
  type DiskSpace,
  type SaverInput,
  type SaverOptions,
} from './saver.ts'
export {
  ACTION_MARK,
  type AutopilotHistoryFold,
  type CurrentMoment,
  createAutopilotHistoryFold,
  foldAutopilotHistory,
  isActionCid,
  isExpired,
} from './story.ts'
export {
  answerText,
  conditionText,
  type Deadline,
  deadlineOf,
  deadlineText,
  describeAction,
  effectText,
  firingsText,
  frozenText,
  holderText,
  repeatsText,
} from './tell.ts'
export {
  type ActEvent,
  type ActionRecord,
  type ActionState,
  type AiMode,
  type AlertEvent,
  type AnswerEvent,
  AUTOPILOT_MODES,
  type AutopilotEvent,
  type AutopilotHistory,
  type AutopilotHolder,
  type AutopilotMode,
  type BuiltInAction,
  type ConditionName,
  type ControlLimit,
  type Distance,
  type EngineInput,
  isAiMode,
  isMode,
  type KeyMetric,
  type Limits,
  MODES,
  type Mode,
  type OnWait,
  type OutcomeEvent,
  type Permission,
  type ProposeEvent,
  type Rule,
  type RuleAction,
  type RuleEngine,
  type RuleEngineOptions,
  type RuleSet,
  type ValueChange,
} from './types.ts'
