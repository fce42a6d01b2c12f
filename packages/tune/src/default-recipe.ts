import { type ControlDescription, type Json, moduleOfGroup, type TuneRecipe } from '@hotcb/protocol'
import { readTuneRecipe } from './recipe.ts'

/** The bounds of a single learning-rate move without a recipe: half a decade down and up. */
export const RATE_BOUNDS: readonly [number, number] = [Math.sqrt(0.1), Math.sqrt(10)]

/**
 * Returns the recipe for a run that has none: the learning rate may be moved by half a decade, and changes by a factor of two may be
 * suggested for every other control that is a decimal number, within its own bounds.
 */
export function defaultRecipe(controls: readonly ControlDescription[]): TuneRecipe {
  const actuators: Record<string, { keys: Record<string, Json> }> = {}
  const isScheduled = controls.some(({ param_key }) => param_key === 'scheduler_scale')
  for (const { param_key: key, type, group } of controls) {
    if (type !== 'float' && type !== 'log_float') continue
    if (key.startsWith('scheduler_') && isScheduled) continue
    const module = moduleOfGroup(group)
    const knob: Json = key === 'lr' ? { bounds: RATE_BOUNDS, risk: 'low' } : { risk: 'medium' }
    actuators[module] ??= { keys: {} }
    actuators[module].keys[key] = knob
  }
  const read = readTuneRecipe({ actuators })
  if (!read.ok) throw new TypeError(read.problems.map(({ reason }) => reason).join('; '))
  return read.recipe
}
