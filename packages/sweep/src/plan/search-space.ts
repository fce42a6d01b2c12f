import { choice, type Dimension, float, int, normal, ordered, type Scalar } from 'hyperopt-ts'
import type { Parameter } from '../config/config.ts'
import { float as floatValue, int as intValue, isEqual, NONE, numberOf, type Value } from '../value.ts'

/**
 * Returns a search's parameters in the form that a sampler needs. Keys are generated, because names may contain characters
 * that a space does not accept.
 */
export function spaceOf(parameters: readonly Parameter[]): Record<string, Dimension> {
  return Object.fromEntries(parameters.map((one, at) => [`p${at}`, dimensionOf(one)]))
}

function dimensionOf(parameter: Parameter): Dimension {
  switch (parameter.kind) {
    case 'discrete': {
      const places = parameter.values.map((_, at) => at)
      return parameter.isOrdered ? ordered(places) : choice(places)
    }
    case 'continuous':
      return float(parameter.low, parameter.high, { log: parameter.isLog })
    case 'int':
      // A logarithmic range has no steps.
      return int(parameter.low, parameter.high, parameter.isLog ? { log: true } : { step: parameter.step })
    case 'normal':
      return normal(parameter.mean, parameter.sd)
  }
}

/** Returns the values that a sampler drew. */
export function valuesOfDraw(
  parameters: readonly Parameter[],
  drawn: Readonly<Record<string, unknown>>,
): readonly Value[] {
  return parameters.map((parameter, at) => {
    const number = Number(drawn[`p${at}`])
    if (parameter.kind === 'discrete') return parameter.values[number] ?? NONE
    return parameter.kind === 'int' ? intValue(number) : floatValue(number)
  })
}

/** Returns values as a sampler would have drawn them; undefined if one is outside the ranges, for example after the ranges were edited. */
export function drawOfValues(
  parameters: readonly Parameter[],
  values: readonly Value[],
): Record<string, Scalar> | undefined {
  const entries = parameters.map((one, at) => [`p${at}`, drawOf(one, values[at] ?? NONE)] as const)
  const known = entries.flatMap(([key, drawn]) => (drawn === undefined ? [] : [[key, drawn] as const]))
  return known.length === entries.length ? Object.fromEntries(known) : undefined
}

function drawOf(parameter: Parameter, value: Value): number | undefined {
  if (parameter.kind === 'discrete') {
    const place = parameter.values.findIndex((one) => isEqual(one, value))
    return place < 0 ? undefined : place
  }
  const number = numberOf(value)
  if (number === undefined || parameter.kind === 'normal') return number
  const isInside = number >= parameter.low && number <= parameter.high
  const isOnGrid = parameter.kind !== 'int' || parameter.isLog || (number - parameter.low) % parameter.step === 0
  return isInside && isOnGrid && (parameter.kind !== 'int' || Number.isInteger(number)) ? number : undefined
}
