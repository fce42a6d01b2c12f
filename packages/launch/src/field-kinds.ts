import { AUTOPILOT_MODES } from '@hotcb/autopilot'
import { didYouMean, show } from '@hotcb/protocol'

/** The kind of values that an option accepts. */
export type FieldKind =
  | 'name'
  | 'words'
  | 'flag'
  | 'whole'
  | 'count'
  | 'positive'
  | 'pause'
  | 'port'
  | 'mode'
  | 'tune-mode'

const TUNE_MODES: readonly string[] = ['off', 'observe', 'suggest', 'active']

/** Returns one line that states what is wrong with the value of an option; null if it is valid. */
export function fieldProblem(name: string, kind: FieldKind, value: unknown): string | null {
  if (kind === 'mode') return modeProblem(name, value)
  const [right, isRight] = RIGHT[kind]
  return isRight(value) ? null : `\`${name}\` must be ${right}, got ${show(value)}`
}

const RIGHT: Readonly<Record<Exclude<FieldKind, 'mode'>, readonly [right: string, is: (value: unknown) => boolean]>> = {
  name: ['a non-empty string', isText],
  words: ['a list of strings', (value) => Array.isArray(value) && value.length > 0 && value.every(isText)],
  flag: ['true or false', (value) => typeof value === 'boolean'],
  whole: ['a whole number >= 0', (value) => isWhole(value, 0)],
  count: ['a whole number >= 1', (value) => isWhole(value, 1)],
  positive: ['a number > 0', (value) => isNumber(value) && value > 0],
  pause: ['a number >= 0', (value) => isNumber(value) && value >= 0],
  port: ['a port from 0 to 65535', (value) => isWhole(value, 0) && Number(value) <= 65_535],
  'tune-mode': [TUNE_MODES.join(', '), (value) => typeof value === 'string' && TUNE_MODES.includes(value)],
}

function modeProblem(name: string, value: unknown): string | null {
  const modes: readonly string[] = AUTOPILOT_MODES
  if (typeof value !== 'string') return `\`${name}\` must be one of ${modes.join(', ')}, got ${show(value)}`
  if (modes.includes(value)) return null
  return `unknown mode ${show(value)}: ${didYouMean(value, modes, modes.join(', '))}`
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function isWhole(value: unknown, least: number): boolean {
  return Number.isSafeInteger(value) && Number(value) >= least
}
