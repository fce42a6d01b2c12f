import { readOneObject } from '@hotcb/autopilot'
import { isObject, ok, type Result, refused, show } from '@hotcb/protocol'
import type { ArgumentSpec, ToolSpec } from './spec.ts'

const LONGEST_TEXT = 20_000
const MOST_TRIALS = 10_000

/** Reads the arguments that a model wrote for a tool. Nothing is guessed: invalid arguments are rejected. */
export function readToolArguments(spec: ToolSpec, text: string): Result<Readonly<Record<string, unknown>>> {
  const read = readOneObject(text.trim() === '' ? '{}' : text)
  return read.ok ? checkArguments(spec, read.value) : refused(`\`${spec.name}\`: ${read.reason}`)
}

/** Checks arguments that were already parsed: see {@link readToolArguments}. */
export function checkArguments(
  spec: ToolSpec,
  given: Readonly<Record<string, unknown>>,
): Result<Readonly<Record<string, unknown>>> {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(spec.args, name))
  if (unknown !== undefined) return refused(`\`${spec.name}\` has no argument ${show(unknown)}`)
  const values: Record<string, unknown> = {}
  for (const [name, arg] of Object.entries(spec.args)) {
    const value = given[name]
    if (value === undefined || value === null) {
      if (arg.optional === true) continue
      return refused(`\`${spec.name}\` needs \`${name}\`: ${arg.about}`)
    }
    if (!fits(arg, value)) return refused(`\`${name}\` of \`${spec.name}\` must be ${wanted(arg)}, got ${show(value)}`)
    values[name] = value
  }
  return ok(values)
}

function fits({ kind, words, least, most }: ArgumentSpec, value: unknown): boolean {
  const isWithin = (number: number): boolean => number >= (least ?? -Infinity) && number <= (most ?? Infinity)
  switch (kind) {
    case 'whole':
      return typeof value === 'number' && Number.isSafeInteger(value) && isWithin(value)
    case 'wholes':
      return (
        Array.isArray(value) &&
        value.length > 0 &&
        value.length <= MOST_TRIALS &&
        new Set(value).size === value.length &&
        value.every((one) => Number.isSafeInteger(one) && Number(one) >= 0)
      )
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) && isWithin(value)
    case 'text':
      return typeof value === 'string' && value.length <= LONGEST_TEXT
    case 'flag':
      return typeof value === 'boolean'
    case 'word':
      return typeof value === 'string' && words?.includes(value) === true
    case 'object':
      return isObject(value)
  }
}

function wanted({ kind, words = [], least, most }: ArgumentSpec): string {
  const range = [
    ...(least === undefined ? [] : [`at least ${least}`]),
    ...(most === undefined ? [] : [`at most ${most}`]),
  ]
  const bounds = range.length === 0 ? '' : `, ${range.join(' and ')}`
  if (kind === 'word') return `one of ${words.join(', ')}`
  const names = {
    whole: `a whole number${bounds}`,
    wholes: 'a list of different trials, such as [0, 3]',
    number: `a number${bounds}`,
    text: `text of at most ${LONGEST_TEXT} characters`,
    flag: 'true or false',
    object: 'an object',
  }
  return names[kind]
}
