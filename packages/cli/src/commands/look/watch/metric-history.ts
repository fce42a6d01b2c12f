import { metricValue, type ShownMetrics } from '@hotcb/protocol'
import { readMetricLine } from '@hotcb/run'

/** The values of one metric, from shortly before `hotcb watch` was started. */
export interface MetricSeries {
  readonly name: string
  /** At most {@link MAX_POINTS}, evenly spaced over time. */
  readonly values: readonly (number | null)[]
  readonly latest: number | null
  readonly min: number | null
  readonly max: number | null
}

/** Collects metrics as they arrive. */
export interface MetricHistory {
  /** Adds complete lines from the metrics file. */
  take(lines: readonly { readonly text: string }[]): void
  readonly series: readonly MetricSeries[]
  /** The step of the latest line. */
  readonly step: number | null
  /** Steps per second over the latest lines; null if lines have no time. */
  readonly speed: number | null
}

export const MAX_POINTS = 512

/** Creates an empty history. */
export function createMetricHistory(): MetricHistory {
  const series = new Map<string, Series>()
  const times: { readonly step: number; readonly time: number }[] = []
  let newest: number | null = null
  function takeLine({ step, wallTime: time, metrics }: ShownMetrics): void {
    newest = step
    if (time !== null) times.push({ step, time })
    if (times.length > 100) times.shift()
    for (const [name, given] of Object.entries(metrics)) {
      const value = metricValue(given)
      if (value === undefined) continue
      const one = series.get(name) ?? newSeries()
      series.set(name, one)
      add(one, value)
    }
  }
  return {
    take(lines) {
      for (const { text } of lines) {
        const line = readMetricLine(text)
        if (line !== undefined) takeLine(line)
      }
    },
    get series() {
      return [...series].map(([name, { values, latest, min, max }]) => ({ name, values, latest, min, max }))
    },
    get step() {
      return newest
    },
    get speed() {
      const [first, last] = [times[0], times[times.length - 1]]
      if (first === undefined || last === undefined || last.time <= first.time || last.step <= first.step) return null
      return (last.step - first.step) / (last.time - first.time)
    },
  }
}

interface Series {
  values: (number | null)[]
  // The number of values per point; `sum` and `count` belong to the point that is not complete yet.
  share: number
  sum: number
  count: number
  seen: number
  latest: number | null
  min: number | null
  max: number | null
}

function newSeries(): Series {
  return { values: [], share: 1, sum: 0, count: 0, seen: 0, latest: null, min: null, max: null }
}

function add(series: Series, value: number | null): void {
  series.latest = value
  series.seen++
  if (value !== null) {
    series.sum += value
    series.count++
    series.min = Math.min(series.min ?? value, value)
    series.max = Math.max(series.max ?? value, value)
  }
  if (series.seen < series.share) return
  series.values.push(series.count === 0 ? null : series.sum / series.count)
  series.sum = 0
  series.count = 0
  series.seen = 0
  if (series.values.length > MAX_POINTS) {
    series.values = halve(series.values)
    series.share *= 2
  }
}

function halve(values: readonly (number | null)[]): (number | null)[] {
  const halved: (number | null)[] = []
  for (let i = 0; i < values.length; i += 2) {
    const pair = [values[i], values[i + 1]].filter((value) => typeof value === 'number')
    halved.push(pair.length === 0 ? null : pair.reduce((sum, value) => sum + value, 0) / pair.length)
  }
  return halved
}
