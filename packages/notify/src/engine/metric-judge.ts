import {
  divergence,
  gradExplosion,
  type LineWindow,
  notFinite,
  overfitting,
  plateau,
  spike,
  stuck,
} from '@hotcb/metrics/judge'
import type { MetricCondition, NotifyRule } from '../types.ts'

/** The result of a condition for one metric. */
export interface MetricVerdict {
  readonly is: boolean
  readonly because: string
}

/** Metric windows, by name. */
export interface MetricWindows {
  get(name: string): LineWindow | undefined
}

const NO: MetricVerdict = { is: false, because: '' }
const DEFAULT_WINDOW = 20

/** Judges a metric whose latest record was just added to its window. */
export function judgeMetric(
  rule: NotifyRule,
  metric: string,
  window: LineWindow,
  windows: MetricWindows,
): MetricVerdict {
  const on = rule.on as MetricCondition // the engine sorts rules by their subject
  const { value } = rule
  switch (on) {
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return threshold(on, lastOf(window), value ?? 0)
    case 'plateau':
      return value === null ? plateau(window) : flat(window, rule.window ?? DEFAULT_WINDOW, value)
    case 'spike':
      return value === null ? spike(window) : jump(window, rule.window ?? DEFAULT_WINDOW, value)
    case 'nan':
      return notFinite(window)
    case 'divergence':
      return divergence(window)
    case 'diverged':
      return firstTrue(notFinite(window), () => divergence(window))
    case 'stuck':
      return stuck(window)
    case 'grad_explosion':
      return gradExplosion(window)
    case 'overfitting': {
      const train = trainingOf(metric, windows)
      return train === undefined ? NO : overfitting(window, train)
    }
  }
}

const SIGNS = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const

function threshold(on: keyof typeof SIGNS, last: number | null, bound: number): MetricVerdict {
  if (last === null) return NO
  const is = on === 'gt' ? last > bound : on === 'gte' ? last >= bound : on === 'lt' ? last < bound : last <= bound
  return is ? { is, because: `${short(last)} ${SIGNS[on]} ${bound}` } : NO
}

/** hotcb 2's plateau: the values in a window lie within `value` of each other. */
function flat(window: LineWindow, size: number, bound: number): MetricVerdict {
  if (window.length < size) return NO
  const values = window.tail(size)
  const range = Math.max(...values) - Math.min(...values)
  return range <= bound
    ? { is: true, because: `the last ${size} values differ by ${short(range)}, at most ${bound}` }
    : NO
}

/** hotcb 2's spike: the last value is more than `value` away from the mean of the earlier values. */
function jump(window: LineWindow, size: number, bound: number): MetricVerdict {
  const last = lastOf(window)
  if (window.length < size || last === null) return NO
  const before = window.tail(size - 1, 1)
  const mean = (window.sign * before.reduce((sum, one) => sum + one, 0)) / before.length
  if (!(Math.abs(last - mean) > bound)) return NO
  return { is: true, because: `${short(last)} is ${short(Math.abs(last - mean))} away from the mean ${short(mean)}` }
}

function firstTrue(first: MetricVerdict, second: () => MetricVerdict): MetricVerdict {
  return first.is ? first : second()
}

/** Returns the training metric that belongs to a validation metric: `train_loss` for `val_loss`. */
function trainingOf(metric: string, windows: MetricWindows): LineWindow | undefined {
  for (const name of [metric.replace(/val(?:idation)?/i, 'train'), 'train_loss', 'train/loss', 'loss']) {
    const window = name === metric ? undefined : windows.get(name)
    if (window !== undefined) return window
  }
  return undefined
}

/** Returns the latest value in the metric's own units; null if it was not finite. */
export function lastOf(window: LineWindow): number | null {
  const value = window.value()
  return window.isFinite && Number.isFinite(value) ? window.sign * value : null
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)))
}
