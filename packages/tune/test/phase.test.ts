import { expect, test } from 'vitest'
import { readTuneRecipe } from '../src/index.ts'
import { phaseOf } from '../src/phase.ts'

const recipe = (document: object | null) => {
  const read = readTuneRecipe(document as never)
  if (!read.ok) throw new Error(read.problems[0]?.reason)
  return read.recipe
}

test('phases are those of hotcb 2: the first that contains the step, the last after all of them, `mid` if the total is unknown', () => {
  const { phases } = recipe(null)
  const names = [0, 19, 20, 69, 70, 100].map((step) => phaseOf(phases, step, 100).name)
  expect(names).toEqual(['early', 'early', 'mid', 'mid', 'late', 'late'])
  expect(phaseOf(phases, 5, null).name).toBe('mid')
})

test('rates may go up except in the late phase, where they go down; a recipe can override this', () => {
  const { phases } = recipe(null)
  expect([0, 50, 90].map((step) => phaseOf(phases, step, 100).direction)).toEqual(['up', 'up', 'down'])
  const own = recipe({ phases: { warm: { end_frac: 0.5, direction: 'both' }, rest: { start_frac: 0.5 } } })
  expect([0, 90].map((step) => phaseOf(own.phases, step, 100))).toEqual([
    { name: 'warm', direction: 'both' },
    { name: 'rest', direction: 'up' },
  ])
})
