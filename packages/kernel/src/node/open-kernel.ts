import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import {
  type Appender,
  fileSystemKind,
  openAppender,
  processStart,
  readDocument,
  replaceDocument,
} from '@hotcb/journal'
import { isObject, messageOf, PROTOCOL_VERSION, parseJson, printable, runFiles } from '@hotcb/protocol'
import { parseYaml } from '@hotcb/protocol/yaml'
import { createKernel, type Kernel } from '../kernel.ts'
import { KernelError, type KernelIdentity, type KernelOptions } from '../options.ts'
import { VERSION } from '../version.ts'
import { type CheckpointHandlers, checkKeep, checkpointFolder } from './checkpoint-folder.ts'
import { recoverScratch } from './checkpoint-scratch.ts'
import { openCommandFiles } from './command-files.ts'
import { documentFile } from './document-file.ts'
import { openLedgerFile } from './ledger-file.ts'
import { findLedgerLoss } from './ledger-loss.ts'
import { checkOpening } from './opening-check.ts'
import { recipeFiles } from './recipe-files.ts'

/** The options for opening a run directory from a trainer. */
export interface OpenKernelOptions
  extends Pick<
    KernelOptions,
    | 'state'
    | 'modules'
    | 'continue'
    | 'lookMs'
    | 'collective'
    | 'paused'
    | 'registered'
    | 'hostRanks'
    | 'lateDocuments'
    | 'sleep'
    | 'debounceSteps'
  > {
  /** The identity to write to the state document, if the trainer is a separate process. */
  readonly identity?: Pick<KernelIdentity, 'pid' | 'host'> & Partial<KernelIdentity>
  /**
   * The rank of this process in a training run on several ranks, if known. Above 0 it needs a `collective`: without
   * one, each rank would take over the directory from the previous rank.
   */
  readonly rank?: number
  /** How to save and load the trainer's state. */
  readonly checkpoints?: CheckpointHandlers
  /** Receives each line that is written to `hotcb.log`, as printable text without a line ending. */
  readonly log?: (message: string) => void
}

/**
 * Opens a run directory, creating it if necessary, and writes the first line of this attempt.
 *
 * On a rank above 0 it reads and writes only checkpoints and the log, because rank 0 decides everything.
 * @throws KernelError `cannot-open` when the directory is not writable, or uses a newer protocol;
 *   `rank-without-collective`; `bad-option` for an unknown option or an invalid value.
 * @throws RangeError when `checkpoints.keep` is not a whole number of at least 1.
 */
export function openKernel(runDir: string, options: OpenKernelOptions = {}): Kernel {
  const file = (name: string): string => join(runDir, name)
  checkOpening(runDir, options)
  checkKeep(options.checkpoints?.keep)
  try {
    mkdirSync(runDir, { recursive: true })
    checkProtocol(file(runFiles.state))
    const network = fileSystemKind(runDir) === 'network'
    const note = logFile(file(runFiles.log), options.log)
    const { checkpoints, log: _log, rank = 0, identity, ...rest } = options
    const { collective } = rest
    if (rank > 0 && collective === undefined) {
      throw new KernelError(
        'rank-without-collective',
        `rank ${rank} needs a \`collective\`: otherwise it would take \`${runDir}\` from rank 0`,
      )
    }
    const folder = checkpoints === undefined ? {} : { checkpoints: checkpointFolder(runDir, checkpoints, note) }
    if (collective !== undefined && collective.rank > 0) return createKernel({ ...rest, ...folder, runDir, log: note })
    recover(file(runFiles.checkpoints), note)
    const ledgerLoss = findLedgerLoss(runDir)
    return createKernel({
      lookMs: network ? 100 : 2,
      ...rest,
      runDir,
      commands: openCommandFiles(runDir, { network, note }),
      ledgerLoss,
      ledger: openLedgerFile(file(runFiles.ledger), { network, note, isWhole: ledgerLoss === null }),
      freeze: documentFile(file(runFiles.freeze), network),
      yaml: { ...documentFile(file(runFiles.yaml), network), parse: parseYaml },
      documents: {
        state: (text) => replaceDocument(file(runFiles.state), text),
        actuators: (text) => replaceDocument(file(runFiles.actuators), text),
      },
      recipes: recipeFiles(runDir, parseYaml),
      ...folder,
      clock: { now: () => performance.now(), wallTime: () => Date.now() / 1000 },
      sleep: rest.sleep ?? { block, wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) },
      random: () => randomBytes(4).readUInt32BE() / 2 ** 32,
      log: note,
      identity: { name: '@hotcb/kernel', version: VERSION, ...(identity ?? ownProcess()) },
    })
  } catch (error) {
    if (error instanceof KernelError) throw error
    const why = messageOf(error)
    throw new KernelError('cannot-open', `the run directory \`${runDir}\` cannot be opened: ${why}`, { cause: error })
  }
}

// Only the other process itself can report its start time.
function ownProcess(): Omit<KernelIdentity, 'name' | 'version'> {
  return { pid: process.pid, host: hostname(), start: processStart() }
}

function recover(folder: string, note: (message: string) => void): void {
  try {
    for (const tag of recoverScratch(folder))
      note(`checkpoint \`${tag}\` was restored: its replacement was not completed`)
  } catch (error) {
    note(`\`${folder}\` could not be cleaned up: ${messageOf(error)}`)
  }
}

function checkProtocol(path: string): void {
  const text = readDocument(path)?.text
  const parsed = text === undefined ? null : parseJson(text)
  if (parsed?.ok !== true || !isObject(parsed.value)) return
  const { protocol } = parsed.value
  if (typeof protocol === 'number' && protocol > PROTOCOL_VERSION) {
    const message = `\`${path}\` uses protocol ${protocol}, but this kernel uses ${PROTOCOL_VERSION}: use a newer one`
    throw new KernelError('cannot-open', message)
  }
}

function logFile(path: string, also: ((message: string) => void) | undefined): (message: string) => void {
  let appender: Appender | null = null
  return (given) => {
    // A message may quote any file, and the listener or `cat hotcb.log` may print the message to a terminal.
    const message = printable(given)
    try {
      also?.(message)
    } catch {
      // An error in the listener is ignored, because the message is also in `hotcb.log`.
    }
    try {
      appender ??= openAppender(path)
      appender.append(`${new Date().toISOString()} [hotcb.kernel] ${message}\n`)
    } catch {
      // A log that cannot be written must not stop the run.
    }
  }
}

const cell = new Int32Array(new SharedArrayBuffer(4))

function block(ms: number): void {
  Atomics.wait(cell, 0, 0, ms)
}
