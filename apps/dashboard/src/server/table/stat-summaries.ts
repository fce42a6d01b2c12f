import { directionOf } from '@hotcb/metrics/judge'
import type { MetricStat } from '../../shared/table/column.ts'
import type { OpenHistory } from '../history-store.ts'
import type { FoundRun } from '../run-finder.ts'

/** The data about one run that the table needs. */
export interface SummarizedRun {
  readonly run: FoundRun
  /** Changes whenever the metrics file does. */
  readonly stamp: string
}

/** The minimum, maximum and last values of metrics in many runs, read in the background when a table needs them. */
export interface StatSummaries {
  /** Returns the known value; undefined if it has not been read yet, null if the run has no such metric. */
  value(run: FoundRun, name: string, stat: MetricStat): number | null | undefined
  /**
   * Reads these metrics of the runs whose files have changed, in the order of the runs. Returns the number of runs still to read.
   */
  want(runs: readonly SummarizedRun[], names: ReadonlySet<string>): number
  /** Increases whenever values have been read. */
  readonly version: number
  close(): Promise<void>
}

/** Creates the summaries. They read the same histories as charts, so that a table and a chart show the same numbers. */
export function openStatSummaries(openHistory: OpenHistory): StatSummaries {
  const known = new Map<string, Known>()
  let queue: SummarizedRun[] = []
  let wanted: ReadonlySet<string> = new Set()
  let version = 0
  let isClosed = false
  let working: Promise<void> | undefined
  async function work(): Promise<void> {
    for (let next = queue.shift(); next !== undefined && !isClosed; next = queue.shift()) {
      const batch = [next, ...queue.splice(0, AT_ONCE - 1)]
      await Promise.all(batch.map(readOne))
      version++
    }
    working = undefined
  }
  async function readOne({ run, stamp }: SummarizedRun): Promise<void> {
    const names = [...wanted]
    const values = new Map<string, Extent | null>()
    const history = openHistory(run.dir, run.roots)
    let isComplete = true
    try {
      for (const stats of await history.stats(names.map((name) => ({ name })))) {
        isComplete &&= stats.complete
        const { min, max, last } = stats
        values.set(stats.name, { min: min?.value ?? null, max: max?.value ?? null, last: last?.value ?? null })
      }
    } catch {
      // The problem with the file is reported in the row of the run.
      for (const name of names) values.set(name, null)
    } finally {
      await history.close()
    }
    // If the answer came from a sample, the run is read again later: the history keeps reading, and its next answer is exact.
    known.set(run.dir, { stamp: isComplete ? stamp : '', readMs: performance.now(), values })
  }
  return {
    value(run, name, stat) {
      const extent = known.get(run.dir)?.values.get(name)
      if (extent === undefined || extent === null) return extent
      if (stat === 'last') return extent.last
      return (stat === 'best' ? directionOf(name) === 'max' : stat === 'max') ? extent.max : extent.min
    },
    want(runs, names) {
      if (names.size === 0) return 0
      wanted = names
      const nowMs = performance.now()
      queue = runs.filter(({ run, stamp }) => isDue(known.get(run.dir), stamp, names, nowMs))
      const unread = queue.length
      if (unread > 0 && !isClosed) working ??= work()
      return unread
    },
    get version() {
      return version
    },
    async close() {
      isClosed = true
      await working
    },
  }
}

interface Known {
  readonly stamp: string
  readonly readMs: number
  readonly values: ReadonlyMap<string, Extent | null>
}

interface Extent {
  readonly min: number | null
  readonly max: number | null
  readonly last: number | null
}

const AT_ONCE = 8
// How long to wait before a growing file is read again.
const REST_MS = 5000

function isDue(known: Known | undefined, stamp: string, names: ReadonlySet<string>, nowMs: number): boolean {
  if (known === undefined) return true
  for (const name of names) if (!known.values.has(name)) return true
  return known.stamp !== stamp && nowMs - known.readMs > REST_MS
}
