import { messageOf } from '@hotcb/protocol'
import type { AnsweredCommands } from './answered-commands.ts'
import type { ReadCommand } from './command.ts'
import { onChange } from './complaint.ts'
import type { CommandQueue, ControlsPorts } from './ports.ts'
import { createQueueReader } from './queue-reader.ts'
import { keyOf, type Task } from './task.ts'

/** Returns the open commands in a queue, each once, in file order. Never throws. */
export interface Intake {
  /** Checks the file once, and returns whether there may be something to do. */
  look(): boolean
  /** Whether some of the lines that were read have not been returned yet. */
  readonly hasMore: boolean
  /** Returns the next task; null if there is none now. */
  next(): Task | null
}

/** Creates the intake for a queue. Commands that are answered according to `standing` are skipped. */
export function createIntake(
  queue: CommandQueue,
  standing: AnsweredCommands,
  ports: ControlsPorts,
  note: (message: string) => void,
): Intake {
  const reader = createQueueReader(queue, ports, note)
  const hasMore = (): boolean => standing.hasAgain || reader.hasMore
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

  function isNew(command: ReadCommand): boolean {
    const key = keyOf(command)
    const met = standing.meet(key, reader.pass)
    if (met === 'twice') note(`the ID ${key} is in the queue twice: the second command is skipped`)
    return met === 'new'
  }

  return {
    look: () => !standing.begun || hasMore() || queue.look(),
    get hasMore() {
      return hasMore()
    },
    next() {
      if (!standing.begun && !begin()) return null
      const again = standing.nextAgain()
      if (again !== null) return again
      for (let command = reader.next(); command !== null; command = reader.next()) {
        if (isNew(command)) return { command, again: false, checked: false }
      }
      return null
    },
  }
}
