import { openTail } from '@hotcb/journal'
import { isObject, type JsonObject, parseJson, runFiles } from '@hotcb/protocol'
import { createHoldFold } from '@hotcb/run'
import { type Run, readHolder } from '@hotcb/run/node'
import { createProcessFold, type ProcessStory } from '../process-log.ts'

/** Follows the log of a launched run. */
export interface ProcessFollow {
  /** Reads what is new. */
  read(): ProcessStory
  /** The keeper of the run, if it is running. */
  keeperPid(): number | null
  close(): void
}

/** @throws JournalError when the log exists and cannot be read. */
export function followProcess(run: Run): ProcessFollow {
  const tail = openTail(run.path('launch'))
  const holders = createHoldFold()
  const fold = createProcessFold()
  return {
    read() {
      while (tail.look()) {
        const { lines, failure } = tail.read()
        for (const { text } of lines) {
          const line = lineOf(text)
          if (line !== undefined && holders.take(line) === 'line') fold.take(line)
        }
        if (failure !== null) break
      }
      return fold.story
    },
    keeperPid() {
      const reading = readHolder(run, runFiles.launch)
      return reading?.isAlive === true ? reading.holder.pid : null
    },
    close: () => tail.close(),
  }
}

/** The history of a launched run, read once. */
export function readProcess(run: Run): ProcessStory {
  const follow = followProcess(run)
  try {
    return follow.read()
  } finally {
    follow.close()
  }
}

function lineOf(text: string): JsonObject | undefined {
  const parsed = parseJson(text)
  // It came out of a JSON parser.
  return parsed.ok && isObject(parsed.value) ? (parsed.value as JsonObject) : undefined
}
