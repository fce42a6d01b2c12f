import type { Value } from '../value.ts'

/** A float as Python prints it: `1.0`, `1e-05`, `1e+16`. */
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

// JavaScript writes an exponent from 1e21 on and below 1e-6, Python not before 1e16 and below 1e-4.
function plainDecimal(number: number): string {
  const text = String(number)
  if (!text.includes('e')) return text
  const [digits = '', exponent = ''] = text.replace('-', '').split('e')
  const fraction = digits.replace('.', '')
  return `${number < 0 ? '-' : ''}0.${'0'.repeat(-Number(exponent) - 1)}${fraction}`
}

/** C's `%.<precision>g`. */
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

/** Python's `str`. */
export function pythonStr(value: Value): string {
  return value.type === 'str' ? value.value : pythonRepr(value)
}

function pythonRepr(value: Value): string {
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
      return `[${value.items.map(pythonRepr).join(', ')}]`
    case 'tuple':
      return `(${value.items.map(pythonRepr).join(', ')}${value.items.length === 1 ? ',' : ''})`
  }
}

function quoted(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'"
  const inner = text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
    .replaceAll(mark, `\\${mark}`)
  return `${mark}${inner}${mark}`
}

/** A value as Python's `json.dumps` writes it, with its blanks, ASCII escapes and floats. */
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

/** A text as JSON in ASCII. */
export function asciiJson(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
