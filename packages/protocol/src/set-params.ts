import type { Json, JsonObject } from './json.ts'
import { ok, type Result, refused } from './result.ts'
import { GROUP_KEYS } from './route.ts'

/** The parsed params of a `set_params`. */
export interface SetParams {
  readonly pairs: readonly (readonly [key: string, value: Json])[]
  /** `group` and `groups`, as given: they select parameter groups and set nothing. */
  readonly narrowing: JsonObject
}

/**
 * Reads the params of a `set_params`: keys with values, or `{key, value}` for a single key. As in hotcb 2, null leaves
 * a value unchanged, but ends a ramp.
 */
export function readSetParams(params: JsonObject): Result<SetParams> {
  const narrowing: Record<string, Json> = {}
  const pairs: [string, Json][] = []
  for (const [key, value] of Object.entries(params)) {
    if (!GROUP_KEYS.includes(key)) pairs.push([key, value])
    else if (value !== null) narrowing[key] = value
  }
  const { key, value } = params
  if (typeof key === 'string' && value !== undefined) return readSingle(key, value, pairs, narrowing)
  return ok({ pairs: pairs.filter((pair) => isAsked(pair)), narrowing })
}

function readSingle(
  key: string,
  value: Json,
  pairs: readonly (readonly [string, Json])[],
  narrowing: JsonObject,
): Result<SetParams> {
  const other = pairs.find(([name]) => !['key', 'value', ...IGNORED].includes(name))
  if (other === undefined) return ok({ pairs: [[key, value]], narrowing })
  return refused(`\`key\` and \`value\` set one control: \`${other[0]}\` must be in a separate command`)
}

// hotcb 2's keys that select an optimizer or a module. They are ignored, since there is only one here.
const IGNORED: readonly string[] = ['opt_idx', 'id']

function isAsked([key, value]: readonly [string, Json]): boolean {
  return !IGNORED.includes(key) && (value !== null || key.startsWith('ramps.'))
}
