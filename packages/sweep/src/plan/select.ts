import { float, int, isEqual, str, type Value } from '../value.ts'
import type { Assignments } from './hash.ts'
import type { Outcome } from './outcome.ts'

/** `NAME=VALUE` filters from a command line. */
export type Pins = readonly (readonly [name: string, value: Value])[]

/** Reads pins. The right side is an int, a float or text, as in HyperHerd, or true, false or null. */
export function readPins(words: readonly string[], known: readonly string[]): Outcome<Pins> {
  const pins: (readonly [string, Value])[] = []
  for (const word of words) {
    const equals = word.indexOf('=')
    if (equals <= 0) return { ok: false, message: `--pin ${JSON.stringify(word)} is not NAME=VALUE` }
    const name = word.slice(0, equals)
    if (!known.includes(name)) {
      return { ok: false, message: `--pin "${name}" is not a parameter of the sweep; choose from ${known.join(', ')}` }
    }
    pins.push([name, pinValue(word.slice(equals + 1))])
  }
  return { ok: true, value: pins }
}

function pinValue(text: string): Value {
  if (/^[+-]?\d+$/.test(text)) return int(Number(text))
  if (text.trim() !== '' && Number.isFinite(Number(text))) return float(Number(text))
  if (text === 'true' || text === 'false') return { type: 'bool', value: text === 'true' }
  return text === 'null' ? { type: 'none' } : str(text)
}

/** Whether a trial has all pinned values. */
export function matchesPins(params: Assignments, pins: Pins): boolean {
  return pins.every(([name, value]) => {
    const own = params.find(([one]) => one === name)?.[1]
    if (own === undefined) return false
    return isEqual(own, value) || (own.type === 'str' && value.type !== 'str' && own.value === String(toText(value)))
  })
}

function toText(value: Value): unknown {
  return 'value' in value ? value.value : value.type === 'none' ? 'null' : ''
}

/** Reads `0-3,5,7-9` as sorted indices without duplicates. A `%N` at the end is ignored, as in HyperHerd. */
export function readIndices(text: string): Outcome<readonly number[]> {
  const found = new Set<number>()
  for (const part of text.replace(/%\d+$/, '').split(',')) {
    const [, from, to] = /^\s*(\d{1,7})(?:-(\d{1,7}))?\s*$/.exec(part) ?? []
    if (from === undefined || Number(to ?? from) < Number(from)) {
      return { ok: false, message: `--indices ${JSON.stringify(text)} is not a list such as 0-3,5,7-9` }
    }
    for (let i = Number(from); i <= Number(to ?? from); i++) found.add(i)
  }
  return { ok: true, value: [...found].sort((a, b) => a - b) }
}
