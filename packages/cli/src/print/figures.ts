import { isObject, type Json } from '@hotcb/protocol'
import { showValue } from '@hotcb/run'

export { showCount, showSeconds } from '@hotcb/run'

/** Formats a value for display: numbers with at most six significant digits, whole numbers in full. */
export function showFigure(value: Json | undefined): string {
  return showValue(rounded(value))
}

function rounded(value: Json | undefined): Json | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? value : Number(value.toPrecision(6))
  if (Array.isArray(value)) return value.map((one) => rounded(one) ?? null)
  if (!isObject(value)) return value
  // The cast is safe, because the result is built from JSON.
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, rounded(one as Json) ?? null]))
}

/** Formats a number for display: at most five significant digits, an exponent for large and small ones; `nan` for null. */
export function showNumber(value: number | null): string {
  if (value === null) return 'nan'
  if (Number.isInteger(value) && Math.abs(value) < 1e7) return String(value)
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) return value.toExponential(3).replace(/\.?0+e/, 'e')
  return String(Number(value.toPrecision(5)))
}
