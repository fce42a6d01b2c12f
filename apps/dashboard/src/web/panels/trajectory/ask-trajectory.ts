import { type Trajectory, trajectoryOf } from '@hotcb/metrics/judge'
import type { WireSeriesWindow } from '../../../shared/wire.ts'
import { runPath, send } from '../../api.ts'

const PIXELS = 300

/** Requests at most 300 means of each metric, and computes the path of the run from them. */
export async function askTrajectory(run: string, names: readonly string[]): Promise<Trajectory | undefined> {
  const requests = names.map((name) => ({ name, pixels: PIXELS }))
  const { windows } = await send<{ readonly windows: readonly WireSeriesWindow[] }>(runPath(run, 'metrics/windows'), {
    requests,
  })
  return trajectoryOf(
    windows.map(({ name, buckets }) => {
      return { name, steps: buckets.last_step, values: buckets.mean.map((value) => value ?? Number.NaN) }
    }),
    PIXELS,
  )
}

/**
 * Returns the metrics that the path uses at first: at most twelve that the training run reports itself, without machine metrics.
 */
export function firstChoice(names: readonly string[]): readonly string[] {
  return names.filter((name) => !/^(?:sys|time|lr)(?:\/|$)/.test(name)).slice(0, MOST_AT_FIRST)
}

const MOST_AT_FIRST = 12
