import { MAX_DEPTH } from '@hotcb/protocol'

/**
 * Formats JSON on one line, as runtimectl does: with `, ` and `: ` as separators, unescaped text, and `NaN`, `Infinity` and `-Infinity`.
 *
 * @throws TypeError for values that JSON cannot represent: functions, big integers, class instances, cycles.
 */
export function formatWire(value: unknown): string {
  return format(value, 0)
}

/** Like {@link formatWire}, but returns null for values that JSON cannot represent. */
export function wireOrNull(value: unknown): string | null {
  try {
    return formatWire(value)
  } catch {
    return null
  }
}

/** Quotes any value for a message, shortened. */
export function quote(value: unknown): string {
  const text = value === undefined ? 'undefined' : (wireOrNull(value) ?? `a ${typeof value}`)
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}

function format(value: unknown, depth: number): string {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return JSON.stringify(value)
  if (typeof value === 'number') return formatNumber(value)
  if (typeof value !== 'object') throw new TypeError(`JSON cannot represent a ${typeof value}`)
  // A cyclic value reaches this depth too.
  if (depth >= MAX_DEPTH) throw new TypeError(`JSON cannot represent values nested more than ${MAX_DEPTH} levels deep`)
  return Array.isArray(value) ? formatList(value, depth + 1) : formatFields(value, depth + 1)
}

// Formats a number as Python does, with an exponent of two digits below 1e-4, so that `status` prints the same text in
// both programs.
function formatNumber(value: number): string {
  const size = Math.abs(value)
  if (size > 0 && size < 1e-4) return value.toExponential().replace(/e-(\d)$/, 'e-0$1')
  return Object.is(value, -0) ? '-0.0' : String(value)
}

// Uses loops and string concatenation for speed, because an ack is formatted for each of a hundred thousand commands.
function formatList(list: readonly unknown[], depth: number): string {
  let text = ''
  for (const one of list) text += text === '' ? format(one, depth) : `, ${format(one, depth)}`
  return `[${text}]`
}

function formatFields(value: object, depth: number): string {
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new TypeError(`JSON cannot represent a ${nameOf(value)}`)
  }
  let text = ''
  for (const [key, one] of Object.entries(value)) {
    if (one === undefined) continue
    text += `${text === '' ? '' : ', '}${JSON.stringify(key)}: ${format(one, depth)}`
  }
  return `{${text}}`
}

function nameOf(value: object): string {
  const made = value.constructor
  return typeof made === 'function' && made.name !== '' ? made.name : 'class instance'
}
