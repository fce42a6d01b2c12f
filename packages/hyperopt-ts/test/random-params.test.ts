import { expect, test } from 'vitest'
import { branch, choice, createStudy, float, int, normal, randomParams, randomSampler } from '../src/index.ts'

const SPACE = {
  lr: float(1e-5, 1, { log: true }),
  layers: int(1, 8),
  noise: normal(0, 1),
  model: branch({ linear: {}, tree: { depth: int(1, 9), split: choice(['gini', 'entropy']) } }),
}

test('random parameters equal those of a random search study with the same seed', () => {
  const study = createStudy({ space: SPACE, sampler: randomSampler(), seed: 12 })
  const drawn = randomParams(SPACE, 12)
  for (let i = 0; i < 200; i++) expect(drawn.next().value).toEqual(study.ask().params)
})

test('every call of randomParams starts again with the first parameters', () => {
  const [first] = randomParams(SPACE, 3)
  expect(randomParams(SPACE, 3).next().value).toEqual(first)
  expect(randomParams(SPACE, 4).next().value).not.toEqual(first)
})

test('an invalid space or seed is rejected before the first parameters are drawn', () => {
  expect(() => randomParams({})).toThrow('`space` must have at least one parameter, got none')
  expect(() => randomParams(SPACE, -1)).toThrow('`seed` must be a whole number >= 0, got -1')
  expect(() => randomParams(SPACE, 0.5)).toThrow('`seed` must be a whole number >= 0, got 0.5')
})
