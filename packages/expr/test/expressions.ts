import type { Value } from '../src/index.ts'

/** A stream of whole numbers below a limit, the same for the same seed. */
export type Draw = (limit: number) => number

/** mulberry32. */
export function drawFrom(seed: number): Draw {
  let state = seed >>> 0
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * limit)
  }
}

/** The parameters that the texts may name. */
export const PARAMETERS: Readonly<Record<string, Value>> = {
  lr: { type: 'float', value: 0.01 },
  bs: { type: 'int', value: 32 },
  opt: { type: 'str', value: 'adam' },
  amp: { type: 'bool', value: true },
  wd: { type: 'float', value: 0 },
  none: { type: 'none' },
  sizes: {
    type: 'list',
    items: [
      { type: 'int', value: 1 },
      { type: 'float', value: 2 },
    ],
  },
}

const NUMBERS = [
  ...['lr', 'bs', 'wd', 'amp'],
  ...['0', '1', '2', '3', '7', '-1', '10', '1_000', '0x1f', '0b101', '9007199254740991', '94906267', '3037000500'],
  ...['0.0', '0.5', '.1', '2.', '1e-3', '1e3', '1e300', '3.7', '-0.0', '1e-320', '0.1', '0.3', '5e-324'],
]
const OTHERS = [
  ...['opt', 'none', 'sizes'],
  ...['True', 'False', 'None', "''", "'a'", '"ab"', "'adam'", "'\\u00e9'", "'\\U0001f600'", "'\\uffff'", '()', '[]'],
]
const BINARY = ['+', '-', '*', '/', '//', '%', '**']
const COMPARE = ['==', '!=', '<', '<=', '>', '>=', 'in', 'not in']

/** A text of the language, now and then one with a spelling or a value that is rejected. */
export function drawExpression(
  draw: Draw,
  depth: number = 1 + draw(4),
  // Most texts with mixed kinds are rejected, so half of the texts contain only numbers.
  atoms: readonly string[] = draw(2) === 0 ? NUMBERS : [...NUMBERS, ...OTHERS],
): string {
  const below = (): string => {
    const text = drawExpression(draw, depth - 1, atoms)
    return draw(3) === 0 ? `(${text})` : text
  }
  const pick = (words: readonly string[]): string => words[draw(words.length)] ?? '1'
  if (depth <= 0) return pick(atoms)
  switch (draw(11)) {
    case 0:
      return `${pick(['-', '+', 'not '])}${below()}`
    case 1:
      return `${below()} ${pick(['and', 'or'])} ${below()}`
    case 2:
      return `${below()} if ${below()} else ${below()}`
    case 3:
      return `${below()} ${pick(COMPARE)} ${below()}`
    case 4:
      return `${below()} ${pick(COMPARE)} ${below()} ${pick(COMPARE)} ${below()}`
    case 5:
      return `${pick(['min', 'max'])}(${Array.from({ length: 1 + draw(3) }, below).join(', ')}${pick(['', '', ','])})`
    case 6:
      return `[${Array.from({ length: draw(4) }, below).join(', ')}]`
    case 7:
      return `(${below()},${draw(2) === 0 ? '' : ` ${below()}`})`
    case 8:
      return `${below()} ${pick(['in', 'not in'])} (${below()}, ${below()})`
    default:
      return `${below()} ${pick(BINARY)} ${below()}`
  }
}
