import { pythonStr } from '@hotcb/expr'
import type { Parameter } from '../config/config.ts'
import { isEqual, type Value } from '../value.ts'
import type { Assignments } from './hash.ts'
import { formatG } from './python-text.ts'
import { rememberTexts } from './value-texts.ts'

const LONGEST_NAME = 200

/** Returns the text of a value in a trial name: its label, a float with four digits, or Python's text. */
export function nameToken(parameter: Parameter, value: Value, digits = 4): string {
  if (parameter.kind === 'discrete' && parameter.labels !== null) {
    const at = parameter.values.findIndex((one) => isEqual(one, value))
    const label = parameter.labels[at]
    if (label !== undefined) return label
  }
  // A value that a condition forces has no label.
  return (value.type === 'float' ? formatG(value.value, digits) : pythonStr(value)).replace(/[/\s]+/g, '-')
}

/** Returns a name such as `lr-0.01_opt-adam`. */
export function trialName(parameters: readonly Parameter[], values: readonly Value[], digits = 4): string {
  return parameters
    .map((one, at) => {
      const value = values[at]
      return `${one.abbrev}-${value === undefined ? '' : nameToken(one, value, digits)}`
    })
    .join('_')
}

/**
 * Returns a name for each combination. If several combinations would share a name, all of them get more digits. If that is not enough, or
 * the name is too long, the first digits of the hash are appended.
 *
 * @param prefix The prefix of all names, such as `finetune-3`.
 */
export function distinctNames(
  parameters: readonly Parameter[],
  rows: readonly { readonly params: Assignments; readonly hash: string }[],
  isTaken: (name: string) => boolean,
  prefix = '',
): readonly string[] {
  const counts = new Map<string, number>()
  const nameOf = createShortName(parameters, prefix)
  const short = rows.map(({ params }) => nameOf(params))
  for (const name of short) counts.set(name, (counts.get(name) ?? 0) + 1)
  const given = new Set<string>()
  const isFree = (name: string): boolean => name.length <= LONGEST_NAME && !given.has(name) && !isTaken(name)
  return rows.map(({ params, hash }, at) => {
    const name = short[at] ?? ''
    const isAlone = counts.get(name) === 1
    const chosen =
      isAlone && isFree(name)
        ? name
        : (longerName(parameters, params, { prefix, short: name }, isFree) ?? withHash(name, hash, isFree))
    given.add(chosen)
    return chosen
  })
}

/** Returns a function like {@link trialName} for many rows: a repeated value is converted to text only once. */
function createShortName(parameters: readonly Parameter[], prefix: string): (params: Assignments) => string {
  const parts = parameters.map((one) => rememberTexts((value) => `${one.abbrev}-${nameToken(one, value)}`))
  return (params) => {
    let name = prefix
    for (let at = 0; at < parts.length; at++) {
      const value = params[at]?.[1]
      const part = value === undefined ? `${parameters[at]?.abbrev ?? ''}-` : (parts[at]?.(value) ?? '')
      name += name === '' ? part : `_${part}`
    }
    return name
  }
}

function longerName(
  parameters: readonly Parameter[],
  params: Assignments,
  { prefix, short }: { readonly prefix: string; readonly short: string },
  isFree: (name: string) => boolean,
): string | undefined {
  const values = params.map(([, value]) => value)
  for (const digits of [8, 17]) {
    const own = trialName(parameters, values, digits)
    const name = prefix === '' || own === '' ? `${prefix}${own}` : `${prefix}_${own}`
    if (name !== short && isFree(name)) return name
  }
  return undefined
}

function withHash(name: string, hash: string, isFree: (name: string) => boolean): string {
  const start = name.slice(0, LONGEST_NAME - 13)
  return isFree(`${start}~${hash.slice(0, 4)}`) ? `${start}~${hash.slice(0, 4)}` : `${start}~${hash}`
}
