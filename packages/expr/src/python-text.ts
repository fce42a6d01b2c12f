import { writeLiteral } from './string-literal.ts'
import type { Value } from './types.ts'

/** Formats a float as Python prints it: `1.0`, `1e-05`, `1e+16`. */
export function pythonFloat(number: number): string {
  if (Number.isNaN(number)) return 'nan'
  if (!Number.isFinite(number)) return number > 0 ? 'inf' : '-inf'
  if (number === 0) return Object.is(number, -0) ? '-0.0' : '0.0'
  const [digits = '', exponent = ''] = number.toExponential().split('e')
  const power = Number(exponent)
  if (power < -4 || power >= 16) return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
  const text = plainDecimal(number)
  return text.includes('.') ? text : `${text}.0`
}

// JavaScript writes an exponent from 1e21 on and below 1e-6, Python from 1e16 on and below 1e-4.
function plainDecimal(number: number): string {
  const text = String(number)
  if (!text.includes('e')) return text
  const [digits = '', exponent = ''] = text.replace('-', '').split('e')
  const fraction = digits.replace('.', '')
  return `${number < 0 ? '-' : ''}0.${'0'.repeat(-Number(exponent) - 1)}${fraction}`
}

/** Formats a value like Python's `str`. */
export function pythonStr(value: Value): string {
  return value.type === 'str' ? value.value : pythonRepr(value)
}

/** Formats a value like Python's `repr`. */
function pythonRepr(value: Value): string {
  return writeValue(value, (text) => writeLiteral(text, UNPRINTABLE))
}

// The characters that Python's `repr` escapes, approximately: controls, separators, and lone surrogates.
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u

/** Formats a value as Python does, using `quoted` to format strings. */
export function writeValue(value: Value, quoted: (text: string) => string): string {
  switch (value.type) {
    case 'none':
      return 'None'
    case 'bool':
      return value.value ? 'True' : 'False'
    case 'int':
      return String(value.value)
    case 'float':
      return pythonFloat(value.value)
    case 'str':
      return quoted(value.value)
    case 'list':
      return `[${itemsOf(value.items, quoted)}]`
    case 'tuple':
      return `(${itemsOf(value.items, quoted)}${value.items.length === 1 ? ',' : ''})`
  }
}

function itemsOf(items: readonly Value[], quoted: (text: string) => string): string {
  return items.map((item) => writeValue(item, quoted)).join(', ')
}
