import { type Trajectory, trajectoryOf } from '@hotcb/metrics/judge'
import type { WireSeriesWindow } from '../../../shared/wire.ts'
import { runPath, send } from '../../api.ts'

const PIXELS = 300

/** The path of a run by the means of at most 300 parts of each metric. */
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

/** The metrics that the path shows at first: at most twelve that training reports itself, and not the machine. */
export function firstChoice(names: readonly string[]): readonly string[] {
  return names.filter((name) => !/^(?:sys|time|lr)(?:\/|$)/.test(name)).slice(0, MOST_AT_FIRST)
}

const MOST_AT_FIRST = 12
