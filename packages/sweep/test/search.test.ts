import { expect, test } from 'vitest'
import { jsonOf, type PlannedTrial, planSearch, readConfig } from '../src/index.ts'

const HEAD = 'name: a\nlauncher: ./l.sh\n'
const PARAMETERS =
  'parameters:\n  lr: {type: continuous, low: 1e-4, high: 0.1, scale: log}\n  n: {type: int, low: 1, high: 8}\n  opt: {type: discrete, values: [adam, sgd]}\n'

function plan(yaml: string, existing: readonly PlannedTrial[] = []) {
  const reading = readConfig(HEAD + yaml)
  if (!reading.ok || reading.config.search === null) throw new Error(JSON.stringify(reading))
  return planSearch(reading.config, reading.config.search, existing)
}

function rows(yaml: string, existing: readonly PlannedTrial[] = []) {
  const planned = plan(yaml, existing)
  if (!planned.ok) throw new Error(planned.message)
  return planned.value
}

test.each(['random', 'sobol'])(
  'a %s search draws within the ranges, with the same result for the same seed',
  (method) => {
    const yaml = `search: {method: ${method}, trials: 20, seed: 3}\n${PARAMETERS}`
    const drawn = rows(yaml)
    expect(drawn).toHaveLength(20)
    for (const { params } of drawn) {
      const { lr, n, opt } = jsonOf(params)
      expect(
        Number(lr) >= 1e-4 && Number(lr) <= 0.1 && Number.isInteger(n) && ['adam', 'sgd'].includes(String(opt)),
      ).toBe(true)
    }
    expect(rows(yaml)).toEqual(drawn)
    expect(rows(yaml.replace('seed: 3', 'seed: 4'))).not.toEqual(drawn)
  },
)

test('more trials are added to the existing ones, whatever the current bounds are', () => {
  const before = rows(`search: {method: sobol, trials: 4}\n${PARAMETERS}`)
  const after = rows(`search: {method: sobol, trials: 6}\n${PARAMETERS.replace('0.1, scale', '0.5, scale')}`, before)
  expect(after.slice(0, 4)).toEqual(before)
  expect(after).toHaveLength(6)
})

test('excluded combinations do not use up trials, and a search that finds too few combinations reports that', () => {
  const condition = 'conditions:\n  - when: {opt: sgd}\n    exclude: {opt: sgd}\n'
  const drawn = rows(`search: {method: random, trials: 10}\n${PARAMETERS}${condition}`)
  expect(drawn.map(({ params }) => jsonOf(params)['opt'])).toEqual(Array(10).fill('adam'))
  const small = 'search: {method: random, trials: 5}\nparameters:\n  opt: {type: discrete, values: [adam, sgd]}\n'
  expect(plan(small)).toMatchObject({ ok: false, message: expect.stringMatching(/leave 2 of 5 combinations/) })
})

test('every draw is repeated with each seed', () => {
  const drawn = rows(`search: {method: sobol, trials: 3}\nseeds: {count: 2}\n${PARAMETERS}`)
  expect(drawn).toHaveLength(6)
  expect(drawn.map(({ params }) => jsonOf(params)['seed'])).toEqual([0, 1, 0, 1, 0, 1])
})
