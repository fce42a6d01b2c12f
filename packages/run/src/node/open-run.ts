import { statSync } from 'node:fs'
import { join } from 'node:path'
import { type AllowedFolders, fileSystemKind, readStampedDocument, replaceDocument } from '@hotcb/journal'
import {
  BUILT_IN_TABLE,
  createModuleTable,
  type FreezeState,
  formatFreeze,
  type ModuleTable,
  readModules,
  runFiles,
} from '@hotcb/protocol'
import {
  type DocumentName,
  type DocumentReading,
  type FreezeReading,
  freezeOf,
  type RunDocuments,
} from '../documents.ts'
import type { Draft, DraftConditions, Sender } from '../drafts.ts'
import { isForeignKernel } from '../foreign.ts'
import type { Liveness } from '../life.ts'
import { observeState } from '../sighting.ts'
import type { RunStreams, StreamName } from '../streams.ts'
import { type AnswerFilter, type WaitOptions, type WaitResult, waitForLines } from './answers.ts'
import { requireDocument, requirePath, requireSending, requireStream } from './check-arguments.ts'
import { listRunCheckpoints, type RunCheckpoint } from './checkpoints.ts'
import { type CommandLookup, openCommandLookup } from './command-lookup.ts'
import { limitsOf, readRunDocument } from './documents.ts'
import { type LivenessSystem, watchLiveness } from './life-watch.ts'
import { allRecords, lastRecords, type RecordsOptions } from './records.ts'
import { type RunFile, requireRun } from './require-run.ts'
import { refuseNewerProtocol, type SentCommands, sendDrafts } from './send.ts'
import { type Follow, type FollowFrom, followFile, type StreamRecord } from './stream-file.ts'

/** A run directory in its current state. No files are kept open, and everything is read on demand. */
export interface Run {
  /** The directory, as passed by the caller. */
  readonly dir: string
  /** Its files must be in one of these directories; undefined: anywhere. */
  readonly within: AllowedFolders | undefined
  /** Returns the path of one of its files, which need not exist. */
  path(file: RunFile): string
  /**
   * Reads one of its documents.
   *
   * @throws RunError `bad-argument` for an unknown name; JournalError when it exists and cannot be opened.
   */
  document<Name extends DocumentName>(name: Name): DocumentReading<RunDocuments[Name]>
  /**
   * Returns its modules, for `describe` and `createCommandTree`: the built-in ones, and the run's own, as its kernel
   * describes them.
   *
   * @throws JournalError when the controls document exists and cannot be opened.
   */
  modules(): ModuleTable
  /** Returns the readable part of the state document, without checking whether its kernel is alive. */
  readState(): Pick<Liveness, 'state' | 'protocol' | 'trouble'>
  /** Returns the freeze that a trainer would find if it started now. */
  freeze(): FreezeReading
  /** Lists its checkpoints, earliest step first. */
  checkpoints(): readonly RunCheckpoint[]
  /**
   * Whether its trainer is alive. For a trainer on another host, or in another container, the verdict may need repeated
   * calls.
   *
   * @throws JournalError when the state document exists and cannot be opened.
   */
  life(): Liveness
  /**
   * Whether another kernel controls the run, such as hotcb 2's, which does not answer a `cid` and does not support
   * conditions.
   */
  isForeign(): boolean
  /** Appends commands, all in one write; see {@link sendDrafts} for the rules and errors. */
  send(drafts: readonly Draft[], sender: Sender, conditions?: DraftConditions): SentCommands
  /** Waits until the ledger has decided these commands. */
  answers(cids: readonly string[], options: WaitOptions): Promise<WaitResult>
  /** Waits for any ledger lines that match a filter. */
  waitFor(wanted: AnswerFilter, options: WaitOptions): Promise<WaitResult>
  /**
   * Writes the freeze document, which every kernel applies at its next check.
   *
   * @throws JournalError when it cannot be written; RunError `newer-protocol`.
   */
  writeFreeze(state: FreezeState): void
  /** Follows one of its streams, optionally from an earlier place. */
  follow<Name extends StreamName>(name: Name, from?: FollowFrom): Follow<RunStreams[Name]>
  /** Returns the latest records of a stream, oldest first. The file is read from its end. */
  last<Name extends StreamName>(
    name: Name,
    count: number,
    isWanted?: (record: StreamRecord<RunStreams[Name]>) => boolean,
  ): readonly StreamRecord<RunStreams[Name]>[]
  /** Yields all records of a stream, one at a time. */
  records<Name extends StreamName>(name: Name, options?: RecordsOptions): Iterable<StreamRecord<RunStreams[Name]>>
  /** Reads individual commands at the locations that the ledger records. */
  commands(): CommandLookup
}

/** How to open a run directory. */
export interface OpenRunOptions {
  /** Replaces the queries about the machine, for tests and for programs with a different clock. */
  readonly life?: LivenessSystem
  /**
   * Real paths of directories. A run file is read and written only if it is in one of them, whatever links its path
   * contains. Use it in servers whose run directories are writable by other users. @defaultValue anywhere
   */
  readonly within?: AllowedFolders
}

/**
 * Opens the run directory at `dir`.
 *
 * A directory that contains no run files is rejected, because a command sent to the wrong directory would go unnoticed.
 *
 * @throws RunError `bad-argument`, `no-directory`, `not-a-directory`, `no-run`; JournalError when it cannot be
 *   examined.
 */
export function openRun(dir: string, options: OpenRunOptions = {}): Run {
  requirePath('openRun', dir)
  requireRun(dir)
  return openRunDirectory(dir, options)
}

/** Does the same for a directory that may still be empty. */
export function openRunDirectory(dir: string, options: OpenRunOptions = {}): Run {
  const { within } = options
  const path = (file: RunFile): string => join(dir, runFiles[file])
  const watch = watchLiveness(dir, path('state'), { ...options.life, ...(within && { within }) })
  const life = (): Liveness => watch.look()
  let kind: boolean | undefined
  const network = (): boolean => {
    if (kind === undefined) kind = fileSystemKind(dir) === 'network'
    return kind
  }
  const document = <Name extends DocumentName>(name: Name): DocumentReading<RunDocuments[Name]> => {
    requireDocument(name)
    return readRunDocument(name, path(name), within)
  }
  const streamPath = (name: StreamName): string => {
    requireStream(name)
    return path(name)
  }
  const waitFor = (wanted: AnswerFilter, waiting: WaitOptions): Promise<WaitResult> =>
    waitForLines({ path: path('ledger'), network: network(), life }, wanted, waiting)
  const run: Run = {
    dir,
    within,
    path,
    document,
    modules: () => modulesOf(document('actuators').value?.modules ?? []),
    readState: () => standingOf(path('state'), within),
    freeze: () => freezeOf(document('freeze')),
    checkpoints: () => listRunCheckpoints(path('checkpoints'), within),
    life,
    isForeign: () => isForeign(path, within),
    send(drafts, sender, conditions) {
      requireSending(drafts, sender)
      return sendDrafts(run, drafts, sender, conditions)
    },
    answers: (cids, waiting) => waitFor(answersTo(cids), waiting),
    waitFor,
    writeFreeze(state) {
      refuseNewerProtocol(run)
      replaceDocument(path('freeze'), formatFreeze(state), within === undefined ? {} : { within })
    },
    follow: (name, from) => followFile(name, streamPath(name), { from, network: network(), within }),
    last: (name, count, isWanted) =>
      lastRecords(name, streamPath(name), count, isWanted, within === undefined ? {} : { within }),
    records: (name, reading) => allRecords(name, streamPath(name), reading, within),
    commands: () => openCommandLookup({ commands: path('commands'), commandsDir: path('commandsDir') }, within),
  }
  return run
}

function modulesOf(own: readonly unknown[]): ModuleTable {
  return own.length === 0 ? BUILT_IN_TABLE : createModuleTable(readModules(own))
}

function standingOf(path: string, within: AllowedFolders | undefined): ReturnType<Run['readState']> {
  const found = readStampedDocument(path, limitsOf(within))
  if (found === null) return { state: undefined, protocol: undefined, trouble: undefined }
  const { state, vitals, trouble } = observeState(found)
  return { state, protocol: vitals?.protocol, trouble: trouble === undefined ? undefined : `\`${path}\` ${trouble}` }
}

function isForeign(path: Run['path'], within: AllowedFolders | undefined): boolean {
  // Only the last line is needed, so no more than its maximum length is read.
  const limits = { maxBytes: 1, ...(within && { within }) }
  const [last] = lastRecords('ledger', path('ledger'), 1, undefined, limits)
  return isForeignKernel({
    lastLineIsForeign: last === undefined ? null : last.value.foreign === true,
    actuatorsMs: modifiedMs(path('actuators')),
    stateMs: modifiedMs(path('state')),
  })
}

function modifiedMs(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? null
}

function answersTo(cids: readonly string[]): AnswerFilter {
  const wanted = new Set(cids)
  return { count: wanted.size, marks: cids, isAnswer: ({ cid }) => cid !== null && wanted.has(cid) }
}
