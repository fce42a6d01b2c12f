import { type ControlDescription, controlsByKey, didYouMean, findDescribed, type JsonObject } from '@hotcb/protocol'
import { type CommandError, usageError } from './command-error.ts'
import type { TypedConditions } from './conditions.ts'

/**
 * The refusal of an `--expect` that names something that is not a control: the kernel would not apply the command. Undefined
 * if all keys are controls, or while no controls are described.
 */
export function unknownExpected(
  { expect }: TypedConditions,
  controls: readonly ControlDescription[],
): CommandError | undefined {
  if (expect === undefined || controls.length === 0) return undefined
  const byKey = controlsByKey(controls)
  const key = Object.keys(expect).find((one) => findDescribed(one, byKey) === undefined)
  if (key === undefined) return undefined
  return usageError(`\`--expect\` names \`${key}\`, which is not a control of this run: ${nearKeys(key, controls)}`)
}

/**
 * Refuses a ramp of something that is not a control. Only a described control can be on a ramp; other unknown keys are left
 * to the kernel, which knows aliases.
 *
 * @throws CommandError `usage`.
 */
export function refuseUnknownRamps(params: JsonObject, controls: readonly ControlDescription[]): void {
  if (controls.length === 0) return
  const byKey = controlsByKey(controls)
  const key = Object.keys(params).find((one) => one.startsWith(RAMP) && findDescribed(one, byKey) === undefined)
  if (key === undefined) return
  const name = key.slice(RAMP.length)
  throw usageError(`\`${name}\` of \`${key}\` is not a control of this run: ${nearKeys(name, controls)}`)
}

const RAMP = 'ramps.'

/** `` did you mean `lr`? ``, or the first controls if none is near. */
function nearKeys(key: string, controls: readonly ControlDescription[]): string {
  const known = controls.map(({ param_key: name }) => name)
  const shown = known.slice(0, 12).join(', ') + (known.length > 12 ? ', …' : '')
  return didYouMean(key, known, `choose from ${shown}`)
}
