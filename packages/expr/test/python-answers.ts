import { createNames, evaluate, parse, type Value } from '../src/index.ts'
import { PARAMETERS } from './expressions.ts'

/** The result of a text: a value with its kind, or the kind of problem. */
export interface Answer {
  readonly value?: unknown
  readonly refused?: string
  /** Whether the last bit of a power in it depends on the C library. */
  readonly rounded?: boolean
}

/** Our answer to a text. */
export function ourAnswer(text: string): Answer {
  const program = parse(text, { dialect: 'sweep' })
  if (!program.ok) return { refused: program.problem.code }
  const names = createNames('sweep', Object.keys(PARAMETERS))
  const given = evaluate(program.value, { value: (name) => PARAMETERS[name], names })
  if (!given.ok) return { refused: given.problem.code }
  return { value: shown(given.value as Value) }
}

function shown(value: Value): unknown {
  if ('items' in value) return [value.type, value.items.map(shown)]
  if (value.type === 'none') return ['NoneType', null]
  return [value.type, value.value]
}

/** Whether two answers are the same; floats bit for bit, unless the C library rounded a power. */
export function agree(ours: Answer, theirs: Answer): boolean {
  if (theirs.refused !== undefined) return ours.refused === theirs.refused || (theirs.rounded ?? false)
  return ours.refused === undefined ? isSame(ours.value, theirs.value, theirs.rounded ?? false) : false
}

function isSame(ours: unknown, theirs: unknown, rounded: boolean): boolean {
  if (!Array.isArray(ours) || !Array.isArray(theirs)) return Object.is(ours, theirs)
  const [type, value] = ours
  if (type !== theirs[0]) return false
  if (Array.isArray(value)) {
    return value.length === theirs[1].length && value.every((item, i) => isSame(item, theirs[1][i], rounded))
  }
  if (type !== 'float') return Object.is(value, theirs[1]) || (rounded && type === 'int')
  const wanted = Number(theirs[1])
  return Object.is(value, wanted) || (rounded && Math.abs(value - wanted) <= 1e-14 * Math.abs(wanted))
}
