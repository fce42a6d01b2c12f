import { existsSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import { journalError, readStampedDocument } from '@hotcb/journal'
import { PROTOCOL_VERSION, runFiles } from '@hotcb/protocol'
import {
  type DocumentName,
  type DocumentReading,
  type FreezeReading,
  freezeOf,
  type RunDocuments,
  readDocumentText,
} from '../documents.ts'
import type { Life } from '../life.ts'
import { RunError } from '../run-error.ts'
import { type LifeSystem, watchLife } from './life-watch.ts'

export type RunFile = keyof typeof runFiles

/** A run directory, as its files say now: nothing is held open, and everything is read when it is asked for. */
export interface Run {
  /** As it was named. */
  readonly dir: string
  /** Where one of its files is, or would be. */
  path(file: RunFile): string
  /**
   * One of its documents.
   *
   * @throws JournalError when it is there and cannot be opened.
   */
  document<Name extends DocumentName>(name: Name): DocumentReading<RunDocuments[Name]>
  /** The freeze that a trainer would find if it started now. */
  freeze(): FreezeReading
  /**
   * Whether its trainer is alive. Of a trainer on another host, or in another container, later looks know more.
   *
   * @throws JournalError when the state document is there and cannot be opened.
   */
  life(): Life
}

/** How to open a run directory. */
export interface OpenRunOptions {
  /** Tests, and programs with another clock, put their own in its place. */
  readonly life?: LifeSystem
}

/**
 * The run directory at `dir`.
 *
 * A directory without a single file of a run is refused: a command written into the wrong place would wait there for
 * ever and nobody would know.
 *
 * @throws {@link RunError} `no-directory`, `not-a-directory`, `no-run`; JournalError when it may not be looked at.
 */
export function openRun(dir: string, options: OpenRunOptions = {}): Run {
  requireRun(dir)
  return runAt(dir, options)
}

/** The same for a directory that may hold nothing yet. */
export function runAt(dir: string, { life: system }: OpenRunOptions = {}): Run {
  const path = (file: RunFile): string => join(dir, runFiles[file])
  const life = watchLife(dir, path('state'), system)
  const document = <Name extends DocumentName>(name: Name): DocumentReading<RunDocuments[Name]> =>
    readDocument(path(name), name)
  return { dir, path, document, freeze: () => freezeOf(document('freeze')), life: () => life.look() }
}

/**
 * Refuses to write where a newer protocol is spoken.
 *
 * @throws {@link RunError} `newer-protocol`.
 */
export function requireProtocol({ protocol, state }: Life): void {
  if (protocol === undefined || protocol <= PROTOCOL_VERSION) return
  const kernel = state === undefined ? 'a newer kernel' : `${state.kernel.name} ${state.kernel.version}`
  throw new RunError(
    'newer-protocol',
    `this run speaks protocol ${protocol}, this hotcb only ${PROTOCOL_VERSION}: nothing is written`,
    `its trainer is ${kernel}: use a hotcb as new as that`,
  )
}

const MARKS: readonly RunFile[] = [
  'commands',
  'state',
  'ledger',
  'metrics',
  'run',
  'freeze',
  'yaml',
  'actuators',
  'commandsDir',
]

function requireRun(dir: string): void {
  // The common case is one look.
  if (MARKS.some((file) => existsSync(join(dir, runFiles[file])))) return
  requireDirectory(dir)
  throw new RunError('no-run', `\`${dir}\` is no run directory: there is no hotcb.* file in it`)
}

function requireDirectory(dir: string): void {
  const stats = look(dir)
  if (stats === undefined) throw new RunError('no-directory', `there is no directory \`${dir}\``)
  if (!stats.isDirectory()) throw new RunError('not-a-directory', `\`${dir}\` is a file, not a run directory`)
}

function look(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    throw journalError(`cannot look at \`${path}\``, path, error)
  }
}

function readDocument<Name extends DocumentName>(path: string, name: Name): DocumentReading<RunDocuments[Name]> {
  const found = readStampedDocument(path)
  if (found === null) return { value: undefined, trouble: undefined, modifiedMs: null }
  const { text, modifiedMs } = found
  const read = readDocumentText(name, text)
  return read.ok
    ? { value: read.value, trouble: undefined, modifiedMs }
    : { value: undefined, trouble: `\`${path}\` ${read.reason}`, modifiedMs }
}
