import { checkOptions, isObject, type OptionKeys } from '@hotcb/protocol'
import { type Actuator, boolActuator, floatActuator } from './actuator.ts'
import { checkPair, checkWeight, wrong } from './option-check.ts'

/** The options of a loss. */
export interface LossActuatorOptions {
  /** @defaultValue [0, 100] */
  readonly bounds?: readonly [number, number]
  /** Bounds of individual weights, by name. */
  readonly boundsOf?: Readonly<Record<string, readonly [number, number]>>
  /** Switches that the trainer reads itself. Without them the weight of a term is 0 while the term is switched off. */
  readonly terms?: Record<string, boolean>
}

/**
 * Creates the controls of a loss: each weight (also as `<name>_w`), its ramp `ramps.<name>` and its switch `terms.<name>`.
 *
 * @throws TypeError for options of the wrong shape.
 */
export function lossActuators(weights: Record<string, number>, options: LossActuatorOptions = {}): Actuator[] {
  checkLossOptions(weights, options)
  const { bounds = [0, 100], boundsOf = {}, terms } = options
  return Object.keys(weights).flatMap((name) => {
    const [min, max] = boundsOf[name] ?? bounds
    // The weight while the term is on.
    let weight = weights[name] ?? 0
    let on = true
    const write = (): void => {
      weights[name] = on ? weight : 0
    }
    const control = floatActuator({
      key: name,
      group: 'loss',
      min,
      max,
      rampable: true,
      get: () => (on ? (weights[name] ?? 0) : weight),
      set: (value) => {
        weight = value
        write()
      },
    })
    const term = boolActuator({
      key: `terms.${name}`,
      group: 'loss',
      get: () => (terms ? (terms[name] ?? true) : on),
      set: (value) => {
        if (terms) terms[name] = value
        else {
          on = value
          write()
        }
      },
    })
    return [{ ...control, aliases: [`${name}_w`] }, term]
  })
}

const OWNER = 'lossActuators'
const OPTION_KEYS: OptionKeys<LossActuatorOptions> = { bounds: true, boundsOf: true, terms: true }

function checkLossOptions(weights: unknown, options: LossActuatorOptions): void {
  if (!isObject(weights)) throw new TypeError(wrong(OWNER, 'weights', 'an object that maps names to numbers', weights))
  checkOptions(OWNER, options, OPTION_KEYS)
  const { bounds, boundsOf = {}, terms } = options
  if (bounds !== undefined) checkPair(OWNER, 'bounds', bounds)
  for (const [name, value] of Object.entries({ boundsOf, terms })) {
    if (value !== undefined && !isObject(value))
      throw new TypeError(wrong(OWNER, name, 'an object keyed by name', value))
  }
  for (const [name, pair] of Object.entries(boundsOf)) {
    // Rejected, because bounds for a name that is not a weight would silently have no effect.
    checkWeight(OWNER, 'boundsOf', name, Object.keys(weights))
    checkPair(OWNER, `boundsOf.${name}`, pair)
  }
}
