import { signal } from '@preact/signals'
import type { WireSeriesWindow } from '../../src/shared/wire.ts'
import { type HeldSeries, holdWindow } from '../../src/web/streams/held-series.ts'
import type { PlotSeries } from '../../src/web/streams/series-store.ts'

type Parts = Partial<WireSeriesWindow['buckets']> & Pick<Partial<WireSeriesWindow>, 'ghosts' | 'complete' | 'ema'>

/** The series of a metric with one point in each entry, unless `parts` has other counts. */
export function held(
  name: string,
  steps: readonly number[],
  values: readonly (number | null)[],
  parts: Parts = {},
): HeldSeries {
  const { ghosts = [], complete = true, ema = null, ...more } = parts
  const buckets = {
    first_step: steps,
    last_step: steps,
    first: values,
    last: values,
    mean: values,
    min: values,
    max: values,
  }
  const counts = { count: steps.map(() => 1), gaps: steps.map(() => 0) }
  const window = { name, buckets: { ...buckets, ...counts, ...more }, ema, ghosts, complete, count: steps.length }
  return holdWindow(window, '', ema === null ? undefined : { weight: 0.5 })
}

/** The line of an earlier attempt. */
export const ghost = (steps: readonly number[], values: readonly (number | null)[]) =>
  ({ buckets: { first_step: steps, last_step: steps, mean: values } }) as unknown as WireSeriesWindow['ghosts'][number]

/** A store that shows the steps from 5 to 20. */
export function storeOf(...all: readonly HeldSeries[]): PlotSeries {
  return {
    extent: signal({ first: 0, last: 20 }),
    shown: [5, 20],
    get: (name) => all.find((one) => one.name === name),
    want: () => () => undefined,
  }
}
