import { charge, type Meter } from './operators.ts'
import { quote, stop } from './problem.ts'
import {
  type ExprSeries,
  MAX_WINDOW,
  type PointFunction,
  type TextSpan,
  type Unknown,
  type Value,
  type WindowFunction,
} from './types.ts'

/** Evaluates a function of one metric. */
export function pointOf(name: PointFunction, series: ExprSeries | undefined, metric: string): Value | Unknown {
  if (name === 'count') return { type: 'int', value: series?.count ?? 0 }
  const value = series?.[name]
  if (value === undefined || !Number.isFinite(value)) return { type: 'unknown', name: metric }
  return { type: name === 'age' ? 'int' : 'float', value }
}

/**
 * Evaluates a function of the last `length` values, or of all values if there are fewer.
 *
 * @returns unknown if there are no values; for `std` and `slope` also if there is only one, and for `delta` if there
 *   are not more than `length`.
 * @throws Stopped
 */
export function windowOf(
  name: WindowFunction,
  series: ExprSeries | undefined,
  length: Value,
  meter: Meter,
  { metric, span }: { readonly metric: string; readonly span: TextSpan },
): Value | Unknown {
  const count = lengthOf(length, name, span)
  const values = series?.window(name === 'delta' ? count + 1 : count) ?? []
  charge(meter, values.length, span)
  const needed = name === 'delta' ? count + 1 : name === 'std' || name === 'slope' ? 2 : 1
  const value = values.length < needed ? Number.NaN : COMPUTE[name](values)
  if (Number.isFinite(value)) return { type: 'float', value }
  if (values.length >= needed) stop('range', `\`${name}\` of ${quote(metric)} is too large for a float`, span)
  return { type: 'unknown', name: metric }
}

function lengthOf(length: Value, name: string, span: TextSpan): number {
  if (length.type !== 'int') stop('type', `\`${name}\` takes a whole number of values`, span)
  if (length.value < 1 || length.value > MAX_WINDOW) {
    stop('range', `\`${name}\` reads 1 to ${MAX_WINDOW} values, not ${length.value}`, span)
  }
  return length.value
}

const COMPUTE: Readonly<Record<WindowFunction, (values: ArrayLike<number>) => number>> = {
  delta: (values) => at(values, values.length - 1) - at(values, 0),
  mean,
  median(values) {
    const sorted = Float64Array.from(values).sort()
    const half = sorted.length >> 1
    return sorted.length % 2 === 1 ? at(sorted, half) : (at(sorted, half - 1) + at(sorted, half)) / 2
  },
  std(values) {
    const centre = mean(values)
    let squares = 0
    for (let i = 0; i < values.length; i++) squares += (at(values, i) - centre) ** 2
    return Math.sqrt(squares / (values.length - 1))
  },
  slope(values) {
    const middle = (values.length - 1) / 2
    const centre = mean(values)
    let product = 0
    let squares = 0
    for (let i = 0; i < values.length; i++) {
      product += (i - middle) * (at(values, i) - centre)
      squares += (i - middle) ** 2
    }
    return product / squares
  },
  least(values) {
    let least = Infinity
    for (let i = 0; i < values.length; i++) least = Math.min(least, at(values, i))
    return least
  },
  most(values) {
    let most = -Infinity
    for (let i = 0; i < values.length; i++) most = Math.max(most, at(values, i))
    return most
  },
}

function mean(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += at(values, i)
  return sum / values.length
}

function at(values: ArrayLike<number>, index: number): number {
  return values[index] ?? Number.NaN
}
