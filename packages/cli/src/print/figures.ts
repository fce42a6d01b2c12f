import { isObject, type Json } from '@hotcb/protocol'
import { showValue } from '@hotcb/run'

/** A value for people: numbers with at most six significant digits, whole ones as they are. */
export function showFigure(value: Json | undefined): string {
  return showValue(rounded(value))
}

function rounded(value: Json | undefined): Json | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? value : Number(value.toPrecision(6))
  if (Array.isArray(value)) return value.map((one) => rounded(one) ?? null)
  if (!isObject(value)) return value
  // Made of JSON, so what it is made into is JSON too.
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, rounded(one as Json) ?? null]))
}

/** A number for people: at most five significant digits, large and small ones with an exponent; `nan` for null. */
export function showNumber(value: number | null): string {
  if (value === null) return 'nan'
  if (Number.isInteger(value) && Math.abs(value) < 1e7) return String(value)
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) return value.toExponential(3).replace(/\.?0+e/, 'e')
  return String(Number(value.toPrecision(5)))
}

/** Thousands set apart: `1,204`. */
export function showCount(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',')
}

/** A span of time in its two largest units: `8.2 ms`, `41 s`, `3 min`, `2 h 5 min`, `4 d`. */
export function showSeconds(seconds: number): string {
  if (seconds < 1) return `${Number((seconds * 1000).toPrecision(2))} ms`
  if (seconds < 10) return `${Number(seconds.toPrecision(2))} s`
  if (seconds < 60) return `${Math.round(seconds)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
  return `${Math.floor(hours / 24)} d`
}
