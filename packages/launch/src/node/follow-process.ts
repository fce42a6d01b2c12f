import { openTail } from '@hotcb/journal'
import { isObject, type JsonObject, parseJson } from '@hotcb/protocol'
import { createHoldFold } from '@hotcb/run'
import type { Run } from '@hotcb/run/node'
import { createProcessFold, type ProcessStory } from '../process-log.ts'
import { findKeeper, type Keeper } from './keeper.ts'

/** Follows a launched run's log. */
export interface ProcessFollow {
  /** Reads new lines, and returns the history so far. */
  read(): ProcessStory
  /** Returns the run's keeper; null if none is running. */
  keeper(): Keeper | null
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
    keeper: () => findKeeper(run),
    close: () => tail.close(),
  }
}

/** Reads a launched run's history once. */
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
  // The value comes from a JSON parser.
  return parsed.ok && isObject(parsed.value) ? (parsed.value as JsonObject) : undefined
}
