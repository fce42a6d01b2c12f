import { readLastLines } from '@hotcb/journal'
import type { FollowFrom } from '@hotcb/run/node'
import { type LedgerRecord, moduleTable, type Run } from '../../../run.ts'
import { readStatus } from '../read-status.ts'
import type { WatchView } from './frame.ts'
import { createMetricHistory, MAX_POINTS } from './metric-history.ts'

/** Follows a run for `hotcb watch`. */
export interface Watcher {
  /** Reads the lines that arrived since the last call. */
  look(): WatchView
  close(): void
}

/** Starts to follow a run. */
export function openWatcher(run: Run): Watcher {
  const history = createMetricHistory()
  const metrics = run.follow('metrics', placeOf(readLastLines(run.path('metrics'), MAX_POINTS)))
  const ledger = followLedger(run)
  return {
    look() {
      // Many new lines are read in chunks, so that the view keeps updating.
      if (metrics.look()) history.take(metrics.read().lines)
      const status = readStatus(run)
      const step = greater(status.trainer.step, history.step)
      const pace = status.trainer.step_seconds
      return {
        status,
        metrics: history.series,
        step,
        speed: pace !== null && pace > 0 ? 1 / pace : history.speed,
        maxSteps: maxStepsOf(run),
        ledger: ledger.look(),
        table: moduleTable(run),
        now: Date.now() / 1000,
      }
    },
    close() {
      metrics.close()
      ledger.close()
    },
  }
}

const LEDGER_LINES = 200

/** Reads the latest ledger lines at each refresh. */
function followLedger(run: Run): { look(): readonly LedgerRecord[]; close(): void } {
  let ledger = run.last('ledger', LEDGER_LINES)
  const lines = run.follow('ledger', placeOf(ledger.slice(-1)))
  let isFirst = ledger.length > 0
  return {
    look() {
      if (!lines.look()) return ledger
      const { records, reset } = lines.read()
      // The first line is already known.
      const fresh = isFirst && reset === null ? records.slice(1) : records
      if (records.length > 0) isFirst = false
      ledger = [...(reset === null ? ledger : []), ...fresh].slice(-LEDGER_LINES)
      return ledger
    },
    close: () => lines.close(),
  }
}

function greater(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b
  return Math.max(a, b)
}

/** Returns the place of the first of these lines, or the beginning of the file if there are none. */
function placeOf([first]: readonly { readonly offset: number }[]): FollowFrom {
  return { offset: first?.offset ?? 0 }
}

function maxStepsOf(run: Run): number | null {
  try {
    return run.document('run').value?.max_steps ?? null
  } catch {
    // The file cannot be read: show no lines.
    return null
  }
}
