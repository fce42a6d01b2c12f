// The whole public API of @hotcb/run/node: a run directory on a real file system.
export type { AnswerFilter, WaitEnd, WaitOptions, WaitResult } from './node/answers.ts'
export { listRunCheckpoints, listRunCheckpointsAsync, type RunCheckpoint } from './node/checkpoints.ts'
export { type CommandFile, commandFiles, commandsWith } from './node/command-files.ts'
export type { CommandLookup, CommandPlace } from './node/command-lookup.ts'
export { type WatchDocumentOptions, type WatchedDocument, watchRunDocument } from './node/documents.ts'
export { fileClockMs, fileClockMsAsync } from './node/file-clock.ts'
export { type FindRunsOptions, findRunsBelow, type RunsBelow } from './node/find-runs.ts'
export { heldCommands, type WaitingCommand } from './node/held-commands.ts'
export { type Hold, type HoldOptions, type HoldTrouble, openHold } from './node/hold.ts'
export { type HoldReading, readHolder } from './node/holder.ts'
export {
  type AsyncLivenessOptions,
  type AsyncLivenessWatch,
  type LivenessSystem,
  type LivenessWatch,
  watchLiveness,
  watchLivenessAsync,
} from './node/life-watch.ts'
export { type OpenRunOptions, openRun, openRunDirectory, type Run } from './node/open-run.ts'
export { readOrigin, type StartedProgram } from './node/origin.ts'
export { type QueuedCommand, type QueuedOptions, queuedCommands } from './node/queued.ts'
export type { RecordsOptions } from './node/records.ts'
export { isRunDirectory, type RunFile } from './node/require-run.ts'
export { makeRunFolder } from './node/run-folder.ts'
export { openSecretStore, privacyProblem, Secret, type SecretStore } from './node/secrets.ts'
export { refuseNewerProtocol, type SentCommands } from './node/send.ts'
export { settleLiveness } from './node/settle-life.ts'
export { stateDirectory } from './node/state-directory.ts'
export type { Follow, FollowBatch, FollowFrom, StreamRecord, UnreadableLine } from './node/stream-file.ts'
