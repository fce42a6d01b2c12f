import { pythonFloat } from '@hotcb/expr'
import type { Value } from '../value.ts'

/** Formats a number like C's `%.<precision>g`. */
export function formatG(number: number, precision: number): string {
  if (!Number.isFinite(number)) return pythonFloat(number)
  if (number === 0) return Object.is(number, -0) ? '-0' : '0'
  const [digits = '', exponent = ''] = number.toExponential(precision - 1).split('e')
  const power = Number(exponent)
  if (power >= -4 && power < precision) return withoutZeros(number.toFixed(Math.max(0, precision - 1 - power)))
  return `${withoutZeros(digits)}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
}

function withoutZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

/** Formats a value as Python's `json.dumps` does, with its spaces, ASCII escapes and floats. */
export function pythonJson(value: Value): string {
  switch (value.type) {
    case 'none':
      return 'null'
    case 'bool':
      return value.value ? 'true' : 'false'
    case 'int':
      return String(value.value)
    case 'float':
      return jsonFloat(value.value)
    case 'str':
      return asciiJson(value.value)
    default:
      return `[${value.items.map(pythonJson).join(', ')}]`
  }
}

function jsonFloat(number: number): string {
  if (Number.isNaN(number)) return 'NaN'
  if (!Number.isFinite(number)) return number > 0 ? 'Infinity' : '-Infinity'
  return pythonFloat(number)
}

/** Formats a string as ASCII-only JSON. */
export function asciiJson(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
