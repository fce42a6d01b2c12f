import { messageOf } from '@hotcb/protocol'
import type { CompareCourse, CompareSeries, CompareSeriesRequest } from '../../shared/compare-wire.ts'
import type { WireSeriesWindow } from '../../shared/wire.ts'
import type { RunRegistry } from '../run-registry.ts'

/** Reads the metric curves of several runs. Each mean, minimum and maximum covers all points in its bucket. */
export async function readCompareSeries(registry: RunRegistry, request: CompareSeriesRequest): Promise<CompareSeries> {
  const { names, from = null, to = null, pixels = 300, extents = false } = request
  const runs = await Promise.all(
    request.runs.map(async (id) => {
      try {
        const run = await registry.open(id)
        if (run === undefined) return { id, courses: [], problem: 'this run does not exist' }
        const windows = await run.history.windows(names.map((name) => ({ name, from, to, pixels })))
        return { id, courses: windows.map((window) => courseOf(window, extents)), problem: null }
      } catch (error) {
        return { id, courses: [], problem: messageOf(error) }
      }
    }),
  )
  return { runs }
}

function courseOf({ name, complete, buckets }: WireSeriesWindow, extents: boolean): CompareCourse {
  const { last_step: steps, mean, min, max } = buckets
  if (!extents) return { name, steps, mean: mean.map(short), complete }
  return { name, steps, mean: mean.map(short), min: min.map(short), max: max.map(short), complete }
}

// Rounds a value. A chart needs no more digits, and the answer becomes half as long.
function short(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(7))
}
