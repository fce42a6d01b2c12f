export { type Appender, type AppenderOptions, type AppendFailure, openAppender } from './append.ts'
export { type ReplaceDocumentOptions, readDocument, replaceDocument } from './document.ts'
export { type DocumentWatch, type DocumentWatchOptions, watchDocument } from './document-watch.ts'
export { errnoOf, type IoFailure, JournalError, type JournalErrorCode, journalError } from './errors.ts'
export { type FileSystem, type FileSystemKind, fileSystem, fileSystemKind } from './file-system.ts'
export { type HostWriterOptions, hostFileName, openHostWriter } from './host-writer.ts'
export { describeLoss, type KnownBytes, type KnownFile, openKnownFile } from './known-file.ts'
export { type ReadLastLinesOptions, readLastLines, readLastLinesAsync } from './last-lines.ts'
export { MAX_LINE_BYTES, type OversizedLine, type TailLine } from './line.ts'
export { type ReadLinesOptions, readLines } from './lines.ts'
export {
  type AllowedFolders,
  isWithin,
  makeInside,
  type OpenFlags,
  openInside,
  openInsideAsync,
  requireInside,
} from './open-inside.ts'
export {
  childHasEnded,
  groupExists,
  processExists,
  processStart,
  processStartOf,
  processState,
} from './process-mark.ts'
export type { ProcessState } from './process-system.ts'
export { runningMs } from './running-ms.ts'
export {
  type DocumentLimits,
  type ReadDocumentOptions,
  readStampedDocument,
  readStampedDocumentAsync,
  type StampedDocument,
} from './stamped-document.ts'
export { openTail, type Tail, type TailOptions } from './tail.ts'
export { type AsyncTail, type AsyncTailOptions, openTailAsync } from './tail-async.ts'
export type { TailBatch } from './tail-state.ts'
