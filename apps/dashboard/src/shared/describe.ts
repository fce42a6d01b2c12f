import { BUILT_IN_TABLE, type ModuleTable } from '@hotcb/protocol'
import { type Describable, describe } from '@hotcb/run'

/** The fields of a change that its description uses. */
export type Change = Describable & { readonly reverts?: number | null | undefined }

/**
 * Returns the text of a change for pages. Numbers have four significant digits, and a change that reverts another is marked.
 *
 * @param table The run's modules, whose descriptors contain the texts. Default: the built-in ones.
 */
export function describeChange(line: Change, table: ModuleTable = BUILT_IN_TABLE): string {
  const words = describe(line, { showValue: (value) => formatValue(value), limit: 120, table })
  return line.reverts === null || line.reverts === undefined ? words : `revert #${line.reverts}: ${words}`
}

/** Formats a value for people: numbers with four significant digits, and at most `limit` characters. */
export function formatValue(value: unknown, limit = 40): string {
  if (typeof value === 'number') return formatNumber(value)
  if (value === null || value === undefined) return '–'
  if (Array.isArray(value)) return cut(`[${value.map((item) => formatValue(item)).join(', ')}]`, limit)
  return cut(typeof value === 'string' ? value : JSON.stringify(value), limit)
}

/** Formats a number with `digits` significant digits, in exponent form if that is shorter. */
export function formatNumber(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–'
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞'
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (Number.isInteger(value) && size < 1e7) return String(value)
  if (size < 1e-3 || size >= 1e7) {
    return value
      .toExponential(digits - 1)
      .replace(/\.?0+e/, 'e')
      .replace('e+', 'e')
  }
  const text = value.toPrecision(digits)
  return text.includes('.') && !text.includes('e') ? text.replace(/\.?0+$/, '') : String(Number(text))
}

/**
 * Returns the number of significant digits needed to distinguish values between two limits: to a thousandth of the difference
 * between the limits, and never fewer than `least`.
 */
export function digitsBetween(low: number, high: number, least = 4): number {
  const span = high - low
  if (!(span > 0) || !Number.isFinite(span)) return least
  return digitsFor(Math.max(Math.abs(low), Math.abs(high)), span / 1000, least)
}

/** Returns the number of significant digits needed to distinguish a value of this size from one that differs by `step`. */
export function digitsFor(size: number, step: number, least = 3): number {
  if (!(size > 0) || !(step > 0)) return least
  const digits = Math.floor(Math.log10(size)) - Math.floor(Math.log10(step)) + 1
  // A double has at most 15 reliable digits.
  return Math.min(15, Math.max(least, digits))
}

/**
 * Formats a step on an axis: `12`, `3400`, `12k`, `1.2M`. A step whose neighbours would have the same short form is written in
 * full.
 *
 * @param apart Distance between neighbouring steps on the axis. By default, the shortest form is used.
 */
export function formatStep(step: number, apart: number = Number.POSITIVE_INFINITY): string {
  if (!Number.isInteger(step)) return formatNumber(step, digitsFor(Math.abs(step), apart, 4))
  if (step >= 1e6 && apart >= 1e3) return `${Number((step / 1e6).toFixed(3))}M`
  return step >= 1e4 && apart >= 10 && step < 1e6 ? `${Number((step / 1e3).toFixed(2))}k` : String(step)
}

function cut(text: string, limit: number): string {
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text
}
