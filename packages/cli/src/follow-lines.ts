import { openTail, type TailLine } from '@hotcb/journal'
import { untilInterrupted } from './until-interrupted.ts'

/** Gives each line of a file that begins at byte `from` or later, as they come, until the process is interrupted. */
export async function followLines(path: string, from: number, onLine: (line: TailLine) => void): Promise<void> {
  const tail = openTail(path, { from })
  try {
    await untilInterrupted(LOOK_MS, () => {
      tail.checkIdentity()
      while (tail.look()) for (const line of tail.read().lines) onLine(line)
    })
  } finally {
    tail.close()
  }
}

const LOOK_MS = 50
