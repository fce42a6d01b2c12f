import type { TuneKnob, TuneRecipe } from '@hotcb/protocol'
import type { Mutation, TunerHistory } from './story.ts'

/** The factor by which new bounds exceed the accepted values. */
const SPAN = 1.5

/**
 * Updates the recipe with a run's results: a knob's most likely move is the median of its accepted moves, and its bounds are one and a
 * half times their span. A knob without accepted moves does not change.
 */
export function evolveRecipe(recipe: TuneRecipe, story: TunerHistory): TuneRecipe {
  const kept = story.mutations.filter(({ state, isRegretted }) => state === 'accepted' && !isRegretted)
  const evolved = Object.entries(recipe.actuators).map(([module, actuator]) => {
    const evolve = (knobs: Readonly<Record<string, TuneKnob>>, nameOf: (name: string, knob: TuneKnob) => string) =>
      Object.fromEntries(
        Object.entries(knobs).map(([name, knob]) => {
          const own = kept.filter((one) => one.knob === `${module}:${nameOf(name, knob)}`)
          return [name, own.length === 0 ? knob : evolveKnob(knob, own)]
        }),
      )
    const mutations = evolve(actuator.mutations, (name) => name)
    return [module, { ...actuator, mutations, keys: evolve(actuator.keys, (key, knob) => `${key}_${knob.mode}`) }]
  })
  return { ...recipe, actuators: Object.fromEntries(evolved) }
}

function evolveKnob(knob: TuneKnob, own: readonly Mutation[]): TuneKnob {
  const values = own.map(({ value }) => value).sort((a, b) => a - b)
  const middle = values[values.length >> 1] ?? knob.prior_center
  const [low = middle] = values
  const high = values.at(-1) ?? middle
  const isFactor = own[0]?.mode === 'mult'
  const bounds: readonly [number, number] = isFactor
    ? [Math.min(1, low / SPAN), Math.max(1, high * SPAN)]
    : [low - (SPAN - 1) * Math.abs(low), high + (SPAN - 1) * Math.abs(high)]
  return { ...knob, prior_center: round(middle), bounds: [round(bounds[0]), round(bounds[1])] }
}

function round(value: number): number {
  return Number(value.toPrecision(6))
}
