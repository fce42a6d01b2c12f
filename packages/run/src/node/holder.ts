import { join } from 'node:path'
import { readLines } from '@hotcb/journal'
import { isObject, type JsonObject, parseJson } from '@hotcb/protocol'
import { createHoldFold, type Holder } from '../hold-lines.ts'
import { logSign, mayLive } from './holder-life.ts'
import type { Run } from './open-run.ts'

/** The holder of a log, as seen by programs that only read the log. */
export interface HoldReading {
  readonly holder: Holder
  /** Whether the holder may be alive: it has not released the log, and its process is not known to have exited. */
  readonly isAlive: boolean
  /** The holder's own `begin` line. */
  readonly begin: JsonObject
}

/**
 * Reads the holder of a run's log, such as `hotcb.autopilot.jsonl`; undefined if it never had one.
 *
 * @throws JournalError when the file cannot be read.
 */
export function readHolder({ dir, within }: Pick<Run, 'dir' | 'within'>, file: string): HoldReading | undefined {
  const path = join(dir, file)
  const fold = createHoldFold()
  let begin: JsonObject = {}
  for (const { text } of readLines(path, within === undefined ? {} : { within })) {
    if (!/"(?:begin|end)"/.test(text)) continue
    const parsed = parseJson(text)
    if (!parsed.ok || !isObject(parsed.value)) continue
    // The output of a JSON parser is JSON.
    const line = parsed.value as JsonObject
    const before = fold.holder
    // A holder that is not permitted to set the file's modification time repeats its line. The first of these lines
    // shows when it started.
    if (fold.take(line) === 'begin' && fold.holder !== before) begin = line
  }
  const { holder, hasEnded } = fold
  return holder && { holder, begin, isAlive: !hasEnded && mayLive(holder, path, logSign(path)) }
}
