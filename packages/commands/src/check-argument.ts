import { isNumberText, nearest, show } from '@hotcb/protocol'
import type { Arg, NumberFormat } from './arg.ts'
import { usageError } from './command-error.ts'

/**
 * Rejects a value that its argument does not accept.
 *
 * @param shown The name of the argument in the message: `--id`, `TAG`.
 * @throws CommandError `usage`.
 */
export function checkArgument(shown: string, arg: Arg, value: string): void {
  if (arg.type === 'enum' && arg.options !== undefined && !arg.options.includes(value)) {
    const near = nearest(value, arg.options, 1)
    const hint = near.length > 0 ? `: did you mean \`${near[0]}\`?` : ''
    throw usageError(`\`${shown}\` must be one of ${arg.options.join(', ')}, got ${show(value)}${hint}`)
  }
  if (arg.isNamed === true && value === '') {
    throw usageError(`\`${shown}\` is empty: expected ${arg.valueHint ?? 'a name'}`)
  }
  if (arg.isTag === true && !/^\w[\w.-]{0,99}$/.test(value)) {
    throw usageError(`\`${shown}\` must be letters, digits, dots, dashes or underscores, got ${show(value)}`)
  }
  if (arg.number !== undefined && !isNumber(arg.number, value)) {
    throw usageError(`\`${shown}\` must be ${NUMBERS[arg.number]}, got ${show(value)}`)
  }
}

/** Returns the number of a checked value. */
export function numberOf(value: string): number {
  return Number(value.replace(/^#/, ''))
}

const NUMBERS: Readonly<Record<NumberFormat, string>> = {
  whole: 'a whole number >= 0',
  seq: 'a whole number >= 0',
  integer: 'a whole number',
  positive: 'a number > 0',
  count: 'a whole number >= 1',
  pause: 'a number >= 0',
  port: 'a whole number from 0 to 65535',
}

function isNumber(kind: NumberFormat, value: string): boolean {
  const text = kind === 'seq' ? value.replace(/^#/, '') : value
  const number = isNumberText(text) ? Number(text) : Number.NaN
  if (kind === 'positive') return Number.isFinite(number) && number > 0
  if (kind === 'pause') return Number.isFinite(number) && number >= 0
  if (!Number.isSafeInteger(number)) return false
  if (kind === 'port') return number >= 0 && number <= 65_535
  return kind === 'integer' || number >= (kind === 'count' ? 1 : 0)
}
