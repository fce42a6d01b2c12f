import { pythonStr } from '@hotcb/expr'
import type { Value } from '../value.ts'
import type { Assignments } from './hash.ts'
import { formatG } from './python-text.ts'

/**
 * Returns a value in the form that the launcher receives: `null`, `true`, text, or a float with at most ten digits.
 * HYPERHERD_PARAMS has full precision.
 */
export function overrideText(value: Value): string {
  switch (value.type) {
    case 'none':
      return 'null'
    case 'bool':
      return value.value ? 'true' : 'false'
    case 'float':
      return formatG(value.value, 10)
    default:
      return pythonStr(value)
  }
}

/** Returns the launcher's single argument. If a name occurs twice, Hydra uses the last value. */
export function overrideLine(
  name: string,
  params: Assignments,
  staticOverrides: readonly string[],
  extras: Assignments,
): string {
  const assign = ([key, value]: readonly [string, Value]): string => `${key}=${overrideText(value)}`
  return [`experiment_name=${name}`, ...params.map(assign), ...staticOverrides, ...extras.map(assign)].join(' ')
}
