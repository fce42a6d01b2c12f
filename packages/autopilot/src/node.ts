// The whole public surface of @hotcb/autopilot/node: an autopilot beside a trainer, and answers to its proposals.

export { type Agent, type AgentOptions, modeOf, openAgent } from './node/agent.ts'
export { type AiDriver, createAiDriver } from './node/ai/driver.ts'
export type { AiDriverOptions } from './node/ai/driver-state.ts'
export { type PromptPreview, previewPrompt } from './node/ai/preview.ts'
export { readDecisions } from './node/ai/read-decisions.ts'
export { learnFrom, rerunWanted, type WantedRerun } from './node/ai/rerun.ts'
export {
  type AiOverrides,
  type AiSetup,
  aiConfigOf,
  aiPrice,
  aiSpending,
  type Environment,
  openAi,
} from './node/ai/setup.ts'
export { type AiNumbers, readAiStatus } from './node/ai/status.ts'
export { type AnswerSentences, answerSentences } from './node/approval-port.ts'
export {
  type AnswerOptions,
  type AnswerOutcome,
  type AnswerTrouble,
  answerDecided,
  approve,
  reject,
  type WrittenAnswer,
} from './node/approve.ts'
export { chooseKeyMetric } from './node/choose-key-metric.ts'
export { CONFIG_FILE, editConfig, loadRules, readConfig, readRules } from './node/config-file.ts'
export {
  type DryRun,
  type DryRunOptions,
  dryRun,
  dryRunInSlices,
  type SlicedDryRunOptions,
  type WouldHaveFired,
} from './node/dry-run.ts'
export { type HostOptions, type RunningAutopilot, runAutopilot } from './node/host.ts'
export { type AutopilotFileOptions, autopilot } from './node/module-files.ts'
export { findAction, nowOf, readStory } from './node/read-story.ts'
export {
  type DraftRules,
  loadDraftRules,
  OWN_RULES,
  type RuleText,
  type RuleWriting,
  readRuleTexts,
  writeRuleText,
} from './node/rule-texts.ts'
export { type AutopilotStatus, readAutopilotStatus } from './node/status.ts'
