// The whole public surface of @hotcb/autopilot. Pure: no files, no clock.
export { type AiConfig, DEFAULT_AI } from './ai/ai-config.ts'
export type { Wish } from './ai/ai-rule.ts'
export { type AiDecision, type DecidedAction, decisionsOf } from './ai/decisions.ts'
export { type AutoCheckpoint, START_TAG } from './checkpoint-fold.ts'
export { CONDITION_PARAMS, NAMED_CONDITIONS, type NamedCondition } from './condition-params.ts'
export {
  type AutopilotConfig,
  type ConfigReading,
  DEFAULT_CONFIG,
  readAutopilotConfig,
  readKeyMetricText,
} from './config.ts'
export { type ConfigEdit, withMode, withRule, withRuleFiles } from './config-edit.ts'
export { DEFAULT_RULES } from './default-rules.ts'
export { createEngine } from './engine.ts'
export { formatRules } from './format-rules.ts'
export { DEFAULT_LIMITS, type Judgement, judgeChange, readLimits } from './limits.ts'
export { type LineStamp, lineOf, queuedLine } from './log-lines.ts'
export { type AutopilotLog, type AutopilotModule, type AutopilotOptions, autopilot } from './module.ts'
export { joinRuleSets, type RuleFileReading, readRuleFile } from './rule-file.ts'
export { type RuleProblem, tellRuleProblem } from './rule-reader.ts'
export { describeRuleState, type RuleState, ruleStates } from './rule-states.ts'
export { createSaver, type Saver, type SaverDisk, type SaverLook, type SaverOptions } from './saver.ts'
export {
  ACTION_MARK,
  createStoryFold,
  foldStory,
  isActionCid,
  isExpired,
  type StoryFold,
  type StoryNow,
} from './story.ts'
export {
  againText,
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
} from './tell.ts'
export {
  type ActEvent,
  type ActionState,
  type ActionStory,
  type AiMode,
  type AlertEvent,
  type AnswerEvent,
  AUTOPILOT_MODES,
  type AutopilotEvent,
  type AutopilotHolder,
  type AutopilotMode,
  type ConditionName,
  type ControlLimit,
  type Distance,
  type DoWord,
  type Engine,
  type EngineOptions,
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
  type RuleSet,
  type Seen,
  type Story,
  type ValueChange,
} from './types.ts'
