import { directionOf, type Forecast, forecastOf } from '@hotcb/metrics/judge'
import type { Marker, WireSeriesWindow } from '../../../shared/wire.ts'
import { runPath, send } from '../../api.ts'
import { changesTraining } from '../change/training-change.ts'

const PIXELS = 2000

/** Forecasts a run's metrics, each from at most 2,000 individual values since the last change to training. */
export async function askForecasts(
  run: string,
  names: readonly string[],
  marks: readonly Marker[],
): Promise<ReadonlyMap<string, Forecast>> {
  const changedAt = lastChange(marks)
  const requests = names.map((name) => ({ name, from: changedAt ?? null, pixels: PIXELS }))
  const { windows } = await send<{ readonly windows: readonly WireSeriesWindow[] }>(runPath(run, 'metrics/windows'), {
    requests,
  })
  return new Map(windows.map((found) => [found.name, forecastFrom(found, changedAt)]))
}

function forecastFrom({ name, buckets }: WireSeriesWindow, changedAt: number | undefined): Forecast {
  return forecastOf({
    steps: buckets.last_step,
    // The last value of each pixel was reported by the trainer, with its full noise. A mean would be smoother.
    values: buckets.last.map((value) => value ?? Number.NaN),
    changedAt,
    sign: directionOf(name) === 'max' ? -1 : 1,
  })
}

/** Returns the step of the last change that can affect training; undefined if there is none. */
export function lastChange(marks: readonly Marker[]): number | undefined {
  const steps = marks.filter(changesTraining).map(({ step }) => step)
  return steps.length === 0 ? undefined : Math.max(...steps)
}
