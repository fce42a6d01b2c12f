import { type ReadCommand, readCommand, unreadable } from './command.ts'
import { onChange } from './complaint.ts'
import type { CommandQueue, ControlsPorts, QueueLine } from './ports.ts'

/** Reads the lines of a queue as commands, in file order. */
export interface QueueReader {
  /** The number of times reading has begun at the start of the file. */
  readonly pass: number
  /** Whether some of the lines that were read have not been returned yet. */
  readonly hasMore: boolean
  /** Returns the next command; null if there is none now. */
  next(): ReadCommand | null
}

export function createQueueReader(
  queue: CommandQueue,
  ports: ControlsPorts,
  note: (message: string) => void,
): QueueReader {
  const oversized: ReadCommand[] = []
  const complain = onChange(note)
  let pass = 1
  let lines: readonly QueueLine[] = []
  let at = 0
  let more = false

  /** Reads more lines. Returns false if there are none now. */
  function fill(): boolean {
    const batch = queue.read()
    lines = batch.lines
    at = 0
    more = batch.more
    complain(batch.failure)
    if (batch.reset !== null) {
      pass++
      note(`the command file was ${batch.reset}: it is read from the start, and acked commands are skipped`)
    }
    for (const { offset, bytes } of batch.oversized) {
      oversized.push(unreadable(String(bytes), offset, `a line of ${bytes} bytes is too long`))
    }
    return lines.length > 0 || oversized.length > 0
  }

  function take(): ReadCommand | null {
    const line = lines[at]
    if (line === undefined) return oversized.shift() ?? null
    at++
    const parsed = ports.parse(line.text)
    if (parsed.ok) return readCommand(parsed.value, line.text, line.offset)
    return unreadable(line.text, line.offset, `not valid JSON: ${parsed.reason}`)
  }

  return {
    get pass() {
      return pass
    },
    get hasMore() {
      return at < lines.length || more || oversized.length > 0
    },
    next() {
      let command = take()
      while (command === null && fill()) command = take()
      return command
    },
  }
}
