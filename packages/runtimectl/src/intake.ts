import { messageOf } from '@hotcb/protocol'
import { type ReadCommand, readCommand, unreadable } from './command.ts'
import { onChange } from './complaint.ts'
import type { CommandQueue, ControlsPorts, QueueLine } from './ports.ts'
import type { Standing } from './standing.ts'
import { keyOf, type Task } from './task.ts'

/** The commands of a queue that are still to be done, each once, in the order of the file. Never throws. */
export interface Intake {
  /** Whether there may be something to do: one look at the file. */
  look(): boolean
  /** There is something left of what was read. */
  readonly hasMore: boolean
  /** The next task; null when there is none now. */
  next(): Task | null
}

/** The intake of a queue; what `standing` knows as answered is passed over. */
export function createIntake(
  queue: CommandQueue,
  standing: Standing,
  ports: ControlsPorts,
  note: (message: string) => void,
): Intake {
  const oversized: ReadCommand[] = []
  // How often the file was begun.
  let pass = 1
  let lines: readonly QueueLine[] = []
  let at = 0
  let more = false
  const complain = onChange(note)

  function begin(): boolean {
    try {
      standing.begin()
      return true
    } catch (error) {
      complain(messageOf(error))
      return false
    }
  }

  /** Reads on. False when there is nothing now. */
  function fill(): boolean {
    const batch = queue.read()
    lines = batch.lines
    at = 0
    more = batch.more
    complain(batch.failure)
    if (batch.reset !== null) {
      pass++
      note(`the command file was ${batch.reset}: it is read from its start, and what was acked is passed over`)
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
    look: () =>
      !standing.begun || standing.hasAgain || at < lines.length || more || oversized.length > 0 || queue.look(),
    get hasMore() {
      return standing.hasAgain || at < lines.length || more || oversized.length > 0
    },
    next() {
      if (!standing.begun && !begin()) return null
      const again = standing.nextAgain()
      if (again !== null) return again
      for (;;) {
        const command = take()
        if (command === null) {
          if (fill()) continue
          return null
        }
        const key = keyOf(command)
        const met = standing.meet(key, pass)
        if (met === 'new') return { command, again: false, checked: false }
        if (met === 'twice') note(`the id ${key} stands in the queue twice: the second command is passed over`)
      }
    },
  }
}
