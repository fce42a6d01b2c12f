import { expect, test } from 'vitest'
import { evolveRecipe } from '../src/evolve.ts'
import { readTuneRecipe } from '../src/recipe.ts'
import { EMPTY_STORY, type Mutation } from '../src/story.ts'
import { judged } from './view.ts'

/** Returns the learning-rate knob of the next recipe after these changes. */
function evolved(...mutations: readonly Mutation[]) {
  const read = readTuneRecipe({ actuators: { opt: { mutations: { lr_mult: { bounds: [0.5, 2] } } } } })
  if (!read.ok) throw new Error(read.problems[0]?.reason)
  const { actuators } = evolveRecipe(read.recipe, { ...EMPTY_STORY, mutations })
  const { bounds, prior_center } = actuators['opt']?.mutations['lr_mult'] ?? {}
  return { bounds, prior_center }
}

test('the next recipe learns from accepted changes, not from rejected changes or changes after which training diverged', () => {
  const untouched = { bounds: [0.5, 2], prior_center: 1 }
  const accepted = judged(50, 'accepted', { value: 1.5 })
  const regretted = judged(70, 'accepted', { value: 4, isRegretted: true })
  const rejected = judged(90, 'rejected', { value: 8 })
  expect(evolved(accepted)).toEqual({ bounds: [1, 2.25], prior_center: 1.5 })
  expect(evolved(accepted, regretted, rejected)).toEqual(evolved(accepted))
  expect(evolved(regretted, rejected)).toEqual(untouched)
})
