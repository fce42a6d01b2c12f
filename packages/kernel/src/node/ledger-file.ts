import { statSync } from 'node:fs'
import { type Appender, type KnownFile, openAppender, openKnownFile, readLines, type TailLine } from '@hotcb/journal'
import { type LedgerLine, parseJson, readLedgerLine } from '@hotcb/protocol'
import type { Failure, LedgerPort } from '../ports.ts'
import { createPieces } from './ledger-pieces.ts'

/**
 * The ledger as a file. Once it is found to be cut, removed, replaced or rewritten, nothing more is written to it and no
 * line of it is taken for ours, until it is accepted as it is.
 *
 * @param options.note Told of lines that cannot be read.
 */
export function openLedgerFile(
  path: string,
  options: { readonly network?: boolean; readonly note: (message: string) => void },
): LedgerPort {
  const { network = false, note } = options
  const appender: Appender = openAppender(path)
  const file: KnownFile = openKnownFile(path, { network })
  const pieces = createPieces()
  // All before it was read, or written by us.
  let scanned = 0
  let lost: string | null = null
  let serial = file.serial
  // What is to be written when a lost ledger is accepted.
  let waiting = ''
  // Which file stood in the place of a lost one when it was last read.
  let rival = ''

  function parse(line: TailLine): LedgerLine | null {
    const json = parseJson(line.text, { nan: 'keep' })
    const read = json.ok ? readLedgerLine(json.value) : json
    if (read.ok) return read.value
    note(`${path}: byte ${line.offset} is no ledger line: ${read.reason}`)
    return null
  }

  function* scan(from: number): Generator<LedgerLine> {
    scanned = from
    for (const line of readLines(path, { from })) {
      scanned = line.offset + line.bytes
      const read = parse(line)
      if (read === null) continue
      pieces.add(read.seq, line.offset)
      yield read
    }
  }

  function isLost(): boolean {
    if (lost !== null || !file.hasChanged()) return lost !== null
    lost = file.check()
    if (serial === file.serial) return lost !== null
    serial = file.serial
    // The old one may still be open, under another name.
    appender.checkIdentity()
    note(`${path} was replaced by a copy of itself`)
    return lost !== null
  }

  function failure(): Failure {
    return {
      code: 'ELOST',
      message: `the ledger \`${path}\` is not the one that was written: ${lost}; \`hotcb doctor --accept-ledger\` accepts it as it is, and so does a restart`,
    }
  }

  /** Lines of the file that has taken the place of a lost one, each time that it is another or has grown. */
  function* rivalLines(): Generator<LedgerLine> {
    const now = identityOf(path)
    if (now === rival) return
    rival = now
    for (const line of readLines(path)) {
      const json = parseJson(line.text, { nan: 'keep' })
      const read = json.ok ? readLedgerLine(json.value) : json
      if (read.ok) yield read.value
    }
  }

  const port: LedgerPort = {
    *entries() {
      pieces.clear()
      yield* scan(0)
      if (!isLost()) file.know(scanned)
    },
    append(text, seqs) {
      if (isLost()) {
        waiting += text
        return failure()
      }
      const before = appender.pendingBytes
      const refused = appender.append(text)
      if (refused !== null) return refused
      const start = appender.endOffset - Buffer.byteLength(text) - before
      // A newline may have gone before it, to end what another left torn.
      if (start === file.known || start === file.known + 1) {
        scanned = appender.endOffset
        file.know(scanned)
        const [first] = seqs
        if (first !== undefined) pieces.push(first, start)
      }
      return null
    },
    flush: () => (isLost() ? failure() : appender.flush()),
    get isPending() {
      return waiting !== '' || appender.pendingBytes > 0
    },
    foreign() {
      if (lost !== null) return [...rivalLines()]
      if (!file.hasChanged()) return NOTHING
      if (isLost() || file.size === scanned) return NOTHING
      const lines = [...scan(scanned)]
      file.know(scanned)
      return lines
    },
    refresh: () => file.checkName(),
    get lost() {
      return lost
    },
    accept() {
      // It makes the file where there is none.
      appender.checkIdentity()
      file.forget()
      lost = null
      const lines = [...port.entries()]
      const text = waiting
      waiting = ''
      if (text !== '') port.append(text, [])
      return lines
    },
    find(seq) {
      let found: LedgerLine | undefined
      for (const line of readLines(path, { from: pieces.offsetOf(seq) })) {
        const json = parseJson(line.text, { nan: 'keep' })
        const read = json.ok ? readLedgerLine(json.value) : json
        if (!read.ok) continue
        if (read.value.seq === seq) found = read.value
        if (found !== undefined && read.value.seq > seq) break
      }
      return found
    },
    get bytes() {
      return file.known
    },
    get tail() {
      return file.tail
    },
    sync: () => void (lost === null && appender.sync()),
    close() {
      appender.close()
      file.close()
    },
  }
  return port
}

const NOTHING: readonly LedgerLine[] = Object.freeze([])

function identityOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats === undefined ? '' : `${stats.ino} ${stats.size} ${stats.mtimeMs}`
}
