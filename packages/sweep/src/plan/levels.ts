import type { Parameter } from '../config/config.ts'
import { float, int, NONE, type Value } from '../value.ts'
import { pow10 } from './pow10.ts'

/** Returns the values that a grid tries for a parameter. A normal parameter has none. */
export function levelsOf(parameter: Parameter): readonly Value[] {
  switch (parameter.kind) {
    case 'discrete':
      return parameter.values
    case 'continuous':
      return continuousLevels(parameter)
    case 'int':
      return intLevels(parameter)
    case 'normal':
      return []
  }
}

function continuousLevels({ low, high, isLog, steps }: Extract<Parameter, { kind: 'continuous' }>): readonly Value[] {
  if (steps === 1) return [float(low)]
  const [from, to] = isLog ? [Math.log10(low), Math.log10(high)] : [low, high]
  return Array.from({ length: steps }, (_, i) => {
    const at = from + (i * (to - from)) / (steps - 1)
    return float(isLog ? pow10(at) : at)
  })
}

function intLevels({ low, high, isLog, step }: Extract<Parameter, { kind: 'int' }>): readonly Value[] {
  const levels: Value[] = []
  // On a log scale, each level is twice the previous one, rounded up to the next multiple of the step.
  for (let value = low; value <= high; value = isLog ? Math.max(value + step, value * 2) : value + step) {
    levels.push(int(value))
  }
  return levels
}

/** Returns a parameter's value while others vary. */
export function defaultOf({ default: value }: Parameter): Value {
  return value ?? NONE
}
