import { statSync } from 'node:fs'
import { type Appender, describeLoss, type KnownFile, openAppender, openKnownFile } from '@hotcb/journal'
import type { LedgerLine } from '@hotcb/protocol'
import type { LedgerPort, WriteFailure } from '../ports.ts'
import { readableLines } from './ledger-lines.ts'
import { createLedgerScan } from './ledger-scan.ts'

export interface LedgerFileOptions {
  readonly network?: boolean
  /**
   * Whether the file is known to be the one that this run last wrote. If a killed writer left its last line without a
   * newline, the newline is added and the line becomes part of the ledger. Any other file is left unchanged.
   * @defaultValue false
   */
  readonly isWhole?: boolean
  /** Called for lines that cannot be read. */
  readonly note: (message: string) => void
}

/**
 * Opens the ledger file. Once the file is found to have been truncated, removed, replaced or rewritten, nothing more is
 * written to it and none of its lines count as ours, until a command accepts the file as it is.
 */
export function openLedgerFile(path: string, options: LedgerFileOptions): LedgerPort {
  const { network = false, isWhole = false, note } = options
  const appender: Appender = openAppender(path)
  const file: KnownFile = openKnownFile(path, { network })
  const scan = createLedgerScan(path, note)
  const loss = createLossWatch(path, file, appender, note)
  const rival = createRival(path)
  // Lines to write when a lost ledger is accepted.
  let waiting = ''
  if (isWhole) appender.endLine()

  function write(text: string, seqs: readonly number[]): WriteFailure | null {
    const before = appender.pendingBytes
    const refused = appender.append(text)
    if (refused !== null) return refused
    const start = appender.endOffset - Buffer.byteLength(text) - before
    // The appender may write a newline first, to terminate a line that another writer left incomplete.
    if (start === file.known || start === file.known + 1) {
      file.know(appender.endOffset)
      scan.wrote(start, appender.endOffset, seqs[0])
    }
    return null
  }

  function append(added: string, seqs: readonly number[]): WriteFailure | null {
    if (loss.isLost()) {
      waiting += added
      return loss.failure()
    }
    const text = waiting + added
    waiting = ''
    return write(text, seqs)
  }

  function* entries(): Generator<LedgerLine> {
    yield* scan.all()
    if (!loss.isLost()) file.know(scan.end)
  }

  return {
    entries,
    append,
    flush() {
      if (loss.isLost()) return loss.failure()
      return waiting === '' ? appender.flush() : append('', [])
    },
    get isPending() {
      return waiting !== '' || appender.pendingBytes > 0
    },
    foreign() {
      if (loss.reason !== null) return rival()
      if (!file.hasChanged() || loss.isLost() || file.size === scan.end) return NOTHING
      const lines = [...scan.from(scan.end)]
      file.know(scan.end)
      return lines
    },
    refresh: () => file.checkName(),
    get lost() {
      return loss.reason
    },
    accept() {
      const isBack = describeLoss(path, { bytes: file.known, tail: file.tail }) === null
      loss.accept()
      return { lines: [...entries()], isWhole: isBack }
    },
    find: (seq) => scan.find(seq),
    get bytes() {
      return file.known
    },
    get tail() {
      return file.tail
    },
    sync: () => void (loss.reason === null && appender.sync()),
    close() {
      appender.close()
      file.close()
    },
  }
}

const NOTHING: readonly LedgerLine[] = Object.freeze([])

/** Creates a watch that detects whether the file is still the one that was written. */
function createLossWatch(path: string, file: KnownFile, appender: Appender, note: (message: string) => void) {
  let reason: string | null = null
  let serial = file.serial
  return {
    get reason() {
      return reason
    },
    isLost(): boolean {
      if (reason !== null || !file.hasChanged()) return reason !== null
      reason = file.check()
      if (serial === file.serial) return reason !== null
      serial = file.serial
      // The old file may still be open, under another name.
      appender.checkIdentity()
      note(`${path} was replaced by a copy of itself`)
      return reason !== null
    },
    failure: (): WriteFailure => ({
      code: 'ELOST',
      message: `the ledger \`${path}\` has been replaced or damaged: ${reason}; \`hotcb doctor --accept-ledger\` or a restart accepts it as it is`,
    }),
    accept(): void {
      // Opening creates the file if it does not exist.
      appender.checkIdentity()
      file.forget()
      reason = null
    },
  }
}

/**
 * Returns a function that returns the lines of the file that has replaced a lost ledger, whenever that file changes or
 * grows.
 */
function createRival(path: string): () => readonly LedgerLine[] {
  let seen = ''
  return () => {
    const stats = statSync(path, { throwIfNoEntry: false })
    const now = stats === undefined ? '' : `${stats.ino} ${stats.size} ${stats.mtimeMs}`
    if (now === seen) return NOTHING
    seen = now
    return [...readableLines(path)]
  }
}
