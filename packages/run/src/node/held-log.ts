import { dirname } from 'node:path'
import { fileSystemKind, type IoFailure, openAppender, openTail } from '@hotcb/journal'
import { formatLine, isObject, type JsonObject, parseJson } from '@hotcb/protocol'
import { createHoldFold, type HoldFold } from '../hold-lines.ts'

/** Access to a log file that one process at a time holds. */
export interface HeldLog {
  readonly path: string
  /** Its holder at the last read. */
  readonly fold: HoldFold
  /** Terminates an incomplete last line, then reads everything. Returns the valid lines. */
  readAll(): { readonly lines: readonly JsonObject[]; readonly failure: IoFailure | null }
  /** Reads the lines that any process has appended since the last read. */
  readNew(): IoFailure | null
  write(lines: readonly JsonObject[]): IoFailure | null
  /** Retries writing the lines that could not be written before. */
  flush(): IoFailure | null
  close(): void
}

/** @throws JournalError when the file cannot be opened. */
export function openHeldLog(path: string): HeldLog {
  const appender = openAppender(path)
  const tail = openTail(path, { network: fileSystemKind(dirname(path)) === 'network' })
  let fold = createHoldFold()
  // After the first read only `begin` and `end` lines matter.
  const take = (text: string, onLine?: (line: JsonObject) => void): void => {
    if (onLine === undefined && !/"(?:begin|end)"/.test(text)) return
    const line = lineOf(text)
    if (line !== undefined && fold.take(line) === 'line') onLine?.(line)
  }
  const read = (onLine?: (line: JsonObject) => void): IoFailure | null => {
    // If the file was removed, this creates it again, empty.
    if (!appender.checkIdentity()) fold = createHoldFold()
    tail.checkIdentity()
    while (tail.look()) {
      const { lines, reset, failure } = tail.read()
      if (failure !== null) return failure
      if (reset !== null) fold = createHoldFold()
      for (const { text } of lines) take(text, onLine)
    }
    return null
  }
  return {
    path,
    get fold() {
      return fold
    },
    readAll() {
      const failure = appender.endLine()
      const lines: JsonObject[] = []
      return { lines, failure: failure ?? read((line) => lines.push(line)) }
    },
    readNew: () => read(),
    write: (lines) => appender.append(lines.map(formatLine).join('')),
    flush: () => appender.flush(),
    close() {
      appender.close()
      tail.close()
    },
  }
}

function lineOf(text: string): JsonObject | undefined {
  const parsed = parseJson(text)
  // The output of a JSON parser is JSON.
  return parsed.ok && isObject(parsed.value) ? (parsed.value as JsonObject) : undefined
}
