import { readFileSync } from 'node:fs'
import { openTail } from '@hotcb/journal'
import { isObject, parseJson } from '@hotcb/protocol'
import { type LedgerRecord, lastRecords, recordOf } from '../ledger-reader.ts'
import type { Run } from '../run.ts'
import { readStatus } from '../status.ts'
import type { WatchView } from './frame.ts'
import { openMetricHistory } from './metric-history.ts'

/** Follows a run for `hotcb watch`. */
export interface Watcher {
  /** Reads what has come since the last look. */
  look(): WatchView
  close(): void
}

/** Begins to follow a run. */
export function openWatcher(run: Run): Watcher {
  const { history, from } = openMetricHistory(run)
  const metrics = openTail(run.path('metrics'), { from })
  let ledger: readonly LedgerRecord[] = lastRecords(run, LEDGER_LINES)
  const newest = ledger[ledger.length - 1]
  const lines = openTail(run.path('ledger'), { from: newest?.at ?? 0 })
  let seen = newest?.at ?? -1
  return {
    look() {
      metrics.checkIdentity()
      lines.checkIdentity()
      // A burst is taken in pieces, so that the picture moves meanwhile.
      if (metrics.look()) history.take(metrics.read().lines)
      if (lines.look()) {
        const batch = lines.read()
        if (batch.reset !== null) seen = -1
        const fresh = batch.lines.filter(({ offset }) => offset > seen).flatMap(recordOf)
        seen = batch.lines[batch.lines.length - 1]?.offset ?? seen
        ledger = [...(batch.reset === null ? ledger : []), ...fresh].slice(-LEDGER_LINES)
      }
      const status = readStatus(run)
      const step = greater(status.trainer.step, history.step)
      const pace = status.trainer.step_seconds
      return {
        status,
        metrics: history.series,
        step,
        speed: pace !== null && pace > 0 ? 1 / pace : history.speed,
        maxSteps: maxStepsOf(run),
        ledger,
        now: Date.now() / 1000,
      }
    },
    close() {
      metrics.close()
      lines.close()
    },
  }
}

const LEDGER_LINES = 200

function greater(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b
  return Math.max(a, b)
}

function maxStepsOf(run: Run): number | null {
  try {
    const parsed = parseJson(readFileSync(run.path('run'), 'utf8'))
    const steps = parsed.ok && isObject(parsed.value) ? parsed.value['max_steps'] : null
    return typeof steps === 'number' ? steps : null
  } catch {
    // No launcher has said how long it is to be.
    return null
  }
}
