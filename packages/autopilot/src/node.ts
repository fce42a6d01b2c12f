// The entire public API of @hotcb/autopilot/node: an autopilot in a separate process, and answers to its proposals.

export { type Agent, type AgentOptions, modeOf, openAgent } from './node/agent.ts'
export { type AiDriver, openAiDriver } from './node/ai/driver.ts'
export type { AiDriverOptions } from './node/ai/driver-state.ts'
export { type PromptPreview, previewPrompt } from './node/ai/preview.ts'
export { readDecisions } from './node/ai/read-decisions.ts'
export { copyLessons, type RequestedRerun, requestedRerun } from './node/ai/rerun.ts'
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
export { CONFIG_FILE, editConfig, loadRules, readAutopilotConfigFile, readRules } from './node/config-file.ts'
export {
  type DryRun,
  type DryRunOptions,
  dryRun,
  dryRunInSlices,
  type SlicedDryRunOptions,
  type WouldHaveFired,
} from './node/dry-run.ts'
export { type HostOptions, type RunningAutopilot, runAutopilot } from './node/host.ts'
export { type AutopilotFileOptions, openAutopilot } from './node/module-files.ts'
export { type ProposalDraft, proposalFor, requestProposal } from './node/propose.ts'
export { currentMomentOf, findAction, readAutopilotHistory } from './node/read-story.ts'
export {
  DEFAULT_RULE_FILE,
  type DraftRules,
  loadDraftRules,
  type RuleFileText,
  type RuleWriting,
  readRuleTexts,
  writeRuleText,
} from './node/rule-texts.ts'
export { type AutopilotStatus, readAutopilotStatus } from './node/status.ts'
