// The whole public API of @hotcb/commands. It interprets command lines, and does not access files.
export type { Arg, Args, CompletionSource, NumberFormat, ReadArgs, StringFlag, Values } from './arg.ts'
export type { Candidate, CompletionFacts } from './candidates.ts'
export { CommandError, type CommandErrorCode, isCommandError, refusal, usageError } from './command-error.ts'
export {
  type CommandEntry,
  type CommandGroup,
  type CommandLeaf,
  type CommandSection,
  createCommandTree,
  findEntry,
  isGroup,
} from './command-tree.ts'
export { type CompleteOptions, candidatesAt, findPlace, type LinePlace } from './complete.ts'
export { completeLine, type LineCompletion, quoteWord } from './complete-line.ts'
export { readConditions, type TypedConditions } from './conditions.ts'
export type { CommandDraft, CommandsRequest, FreezeRequest, TypedRequest } from './draft.ts'
export { eventNote } from './event-note.ts'
export { type FoundCommand, findCommand, incompleteCommandError } from './find-command.ts'
export { findWord } from './find-word.ts'
export { GLOBAL_FLAGS, type Globals } from './global-flags.ts'
export { unknownExpected } from './known-keys.ts'
export { readPairs, splitCommas, splitPairs } from './pairs.ts'
export { pastEndError, pastEndText, pastStepError } from './past-step.ts'
export { type ReadArguments, readArguments } from './read-arguments.ts'
export { readLine } from './read-line.ts'
export { readSet } from './read-set.ts'
export { moduleByKey, type TypingFacts } from './run-facts.ts'
export { readSendFlags, readWait, SEND_FLAGS, type SendOptions, WAIT_FLAG } from './send-flags.ts'
export { splitLine, type Word } from './split-line.ts'
export type { Verb } from './verb.ts'
