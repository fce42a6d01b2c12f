import { createLineWindow, directionOf, type LineWindow, trendOf } from '@hotcb/metrics/judge'

/** The windows of all metrics of a run. */
export interface Trends {
  take(step: number, metrics: Readonly<Record<string, unknown>>): void
  names(): readonly string[]
  window(name: string): LineWindow | undefined
  /** How often a metric was not finite. */
  nulls(name: string): number
}

const KEPT = 500
// A trainer that reports a metric for each layer must not fill the memory.
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

/** One metric in a few numbers: `last 0.31, best 0.29 at 400; over 50: -0.02 (z -3.1); over 500: -0.4 (z -12)`. */
export function trendText(window: LineWindow, nulls: number): string {
  if (window.length === 0) return nulls > 0 ? 'no finite value' : 'no value yet'
  const signed = (value: number): string => digits(window.sign * value)
  const parts = [`last ${signed(window.value())} at ${window.step()}`, bestText(window, signed)]
  for (const count of [50, 500]) {
    const trend = trendOf(window.tail(Math.min(count, window.length)))
    if (trend !== undefined)
      parts.push(`over ${Math.min(count, window.length)}: ${signed(trend.change)} (z ${digits(window.sign * trend.z)})`)
    if (window.length <= count) break
  }
  if (nulls > 0) parts.push(`${nulls} not finite`)
  return parts.join('; ')
}

function bestText(window: LineWindow, signed: (value: number) => string): string {
  const values = window.tail(window.length)
  let at = 0
  for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) < (values[at] ?? 0)) at = i
  return `best ${signed(values[at] ?? Number.NaN)} at ${window.step(values.length - 1 - at)}`
}

/** How much a metric changes: the metrics that change most are shown first if there is no room for all. */
export function trendStrength(window: LineWindow): number {
  const trend = trendOf(window.tail(Math.min(50, window.length)))
  return trend === undefined ? 0 : Math.abs(trend.z)
}

/** The last values of a metric, oldest first. */
export function rawText(window: LineWindow, count: number): string {
  const values = [...window.tail(Math.min(count, window.length))]
  return values.map((value, i) => `${window.step(values.length - 1 - i)}:${digits(window.sign * value)}`).join(' ')
}

export function digits(value: number): string {
  return String(Number(value.toPrecision(4)))
}
