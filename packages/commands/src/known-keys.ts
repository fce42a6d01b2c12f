import { type ControlDescription, controlsByKey, didYouMean, findDescribed, type JsonObject } from '@hotcb/protocol'
import { type CommandError, usageError } from './command-error.ts'
import type { TypedConditions } from './conditions.ts'

/**
 * Returns the error for an `--expect` with a key that is not a control, since the kernel would not apply the command.
 * Undefined if all keys are controls, or while no controls are described.
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
 * Rejects a ramp for a key that is not a control. Only a described control can have a ramp. Other unknown keys are left
 * to the kernel, which resolves aliases.
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

/** Returns `` did you mean `lr`? ``, or the first few controls if no key is similar. */
function nearKeys(key: string, controls: readonly ControlDescription[]): string {
  const known = controls.map(({ param_key: name }) => name)
  const shown = known.slice(0, 12).join(', ') + (known.length > 12 ? ', …' : '')
  return didYouMean(key, known, `choose from ${shown}`)
}
