import { createLineWindow, directionOf, type LineWindow, trendOf } from '@hotcb/metrics/judge'

/** The windows of all of a run's metrics. */
export interface Trends {
  take(step: number, metrics: Readonly<Record<string, unknown>>): void
  names(): readonly string[]
  window(name: string): LineWindow | undefined
  /** Returns how often a metric's value was not finite. */
  nulls(name: string): number
}

const KEPT = 500
// The limit protects memory from trainers that report a metric for every layer.
const MOST_METRICS = 2000

export function createTrends(): Trends {
  const windows = new Map<string, LineWindow>()
  const nulls = new Map<string, number>()

  function admit(name: string): LineWindow | undefined {
    if (windows.size >= MOST_METRICS) return undefined
    const window = createLineWindow({ sign: directionOf(name) === 'max' ? -1 : 1, keep: KEPT })
    windows.set(name, window)
    return window
  }

  function push(step: number, name: string, given: number | null): void {
    const value = given !== null && Number.isFinite(given) ? given : null
    if (value === null) nulls.set(name, (nulls.get(name) ?? 0) + 1)
    const window = windows.get(name) ?? admit(name)
    window?.push(step, value)
  }

  return {
    take(step, metrics) {
      for (const name in metrics) {
        const given = metrics[name]
        if (typeof given === 'number' || given === null) push(step, name, given)
      }
    },
    names: () => [...windows.keys()],
    window: (name) => windows.get(name),
    nulls: (name) => nulls.get(name) ?? 0,
  }
}

/** A summary of a metric in numbers. */
export interface MetricCourse {
  readonly last: { readonly step: number; readonly value: number } | null
  readonly best: { readonly step: number; readonly value: number } | null
  /** Trends over the last 50 and 500 values, or fewer. `z` is the distance from "no trend" in standard deviations. */
  readonly trends: readonly { readonly values: number; readonly change: number; readonly z: number }[]
  /** How often its value was not finite. */
  readonly not_finite: number
}

/** Summarizes one metric in a few numbers. */
export function trendNumbers(window: LineWindow, nulls: number): MetricCourse {
  if (window.length === 0) return { last: null, best: null, trends: [], not_finite: nulls }
  const { sign } = window
  const trends: { values: number; change: number; z: number }[] = []
  for (const most of [50, 500]) {
    const values = Math.min(most, window.length)
    const trend = trendOf(window.tail(values))
    if (trend !== undefined) trends.push({ values, change: sign * trend.change, z: sign * trend.z })
    if (window.length <= most) break
  }
  return {
    last: { step: window.step(), value: sign * window.value() },
    best: bestOf(window),
    trends,
    not_finite: nulls,
  }
}

function bestOf(window: LineWindow): MetricCourse['best'] {
  const values = window.tail(window.length)
  let at = 0
  for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) < (values[at] ?? 0)) at = i
  return { step: window.step(values.length - 1 - at), value: window.sign * (values[at] ?? Number.NaN) }
}

/** Formats the same summary as text: `last 0.31, best 0.29 at 400; over 50: -0.02 (z -3.1); over 500: -0.4 (z -12)`. */
export function trendText(window: LineWindow, nulls: number): string {
  const { last, best, trends, not_finite: missing } = trendNumbers(window, nulls)
  if (last === null || best === null) return nulls > 0 ? 'no finite value' : 'no value yet'
  return [
    `last ${digits(last.value)} at ${last.step}`,
    `best ${digits(best.value)} at ${best.step}`,
    ...trends.map(({ values, change, z }) => `over ${values}: ${digits(change)} (z ${digits(z)})`),
    ...(missing > 0 ? [`${missing} not finite`] : []),
  ].join('; ')
}

/** Returns how strongly a metric changes. The metrics that change most are shown first if there is not enough room for all of them. */
export function trendStrength(window: LineWindow): number {
  const trend = trendOf(window.tail(Math.min(50, window.length)))
  return trend === undefined ? 0 : Math.abs(trend.z)
}

/** Returns the last values of a metric, oldest first. */
export function rawText(window: LineWindow, count: number): string {
  const values = [...window.tail(Math.min(count, window.length))]
  return values.map((value, i) => `${window.step(values.length - 1 - i)}:${digits(window.sign * value)}`).join(' ')
}

export function digits(value: number): string {
  return String(Number(value.toPrecision(4)))
}
