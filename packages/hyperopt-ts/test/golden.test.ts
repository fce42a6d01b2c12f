import { expect, test } from 'vitest'
import { exportedSamplers } from './exported-samplers.ts'
import recorded from './fixtures/golden.json' with { type: 'json' }
import { moves, STUDIES } from './fixtures/golden.ts'

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

test.each(Object.entries(recorded.studies))('this engine reproduces the recorded trials of %s', (title, trials) => {
  expect(asJson(STUDIES[title]?.())).toEqual(trials)
})

test('this engine reproduces the recorded steps of a population', () => {
  expect(asJson(moves())).toEqual(recorded.moves)
})

test('every study is recorded, and every sampler of the package is in one', () => {
  const titles = Object.keys(recorded.studies)
  expect(Object.keys(STUDIES)).toEqual(titles)
  const recordedNames = new Set(titles.map((title) => title.split(': ')[1]))
  const samplers = exportedSamplers().map(({ sampler }) => sampler)
  expect(samplers.length).toBeGreaterThan(9)
  expect(samplers.filter((name) => !recordedNames.has(name))).toEqual([])
})
