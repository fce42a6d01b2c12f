import { type Direction, directionOf } from '@hotcb/metrics/judge'
import type { RuleReader } from './rule-reader.ts'
import type { RuleSet } from './types.ts'

/** Reads `key_metric`: a name, or `{name, direction}`. Null if it is absent or unusable; in the latter case, a problem is recorded. */
export function readKeyMetric(top: RuleReader): RuleSet['keyMetric'] {
  const given = top.json('key_metric')
  if (given === undefined || given === null) return null
  if (typeof given === 'string') return { name: given, direction: directionOf(given) ?? null }
  const reader = top.within('key_metric')
  reader?.only(['name', 'direction'])
  const name = reader?.text('name')
  const direction: Direction | undefined = reader?.oneOf('direction', ['min', 'max'])
  if (name === undefined) {
    reader?.problem(null, 'the key metric needs a `name`')
    return null
  }
  return { name, direction: direction ?? directionOf(name) ?? null }
}
