import { join } from 'node:path'
import { readLines } from '@hotcb/journal'
import { isObject, type JsonObject, parseJson } from '@hotcb/protocol'
import { createHoldFold, type Holder } from '../hold-lines.ts'
import { logSign, mayLive } from './holder-life.ts'
import type { Run } from './open-run.ts'

/** Who holds a log, for readers that do not want to take it. */
export interface HoldReading {
  readonly holder: Holder
  /** Whether the holder may be alive: it has not left, and it is not known that its process is gone. */
  readonly isAlive: boolean
  /** The holder's own `begin` line. */
  readonly begin: JsonObject
}

/**
 * Reads who holds a log of a run, such as `hotcb.autopilot.jsonl`; undefined if nobody ever did.
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
    // What came out of a JSON parser is JSON.
    const line = parsed.value as JsonObject
    const before = fold.holder
    // A holder that cannot touch the file repeats its line: the first one says when it started.
    if (fold.take(line) === 'begin' && fold.holder !== before) begin = line
  }
  const { holder, hasEnded } = fold
  return holder && { holder, begin, isAlive: !hasEnded && mayLive(holder, path, logSign(path)) }
}
