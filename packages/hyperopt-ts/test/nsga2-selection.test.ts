import { expect, test } from 'vitest'
import { nsga2, type StudyDirection } from '../src/index.ts'
import { selectBest } from '../src/nsga2-selection.ts'
import type { Trial } from '../src/trial.ts'

interface Given {
  readonly values: readonly number[]
  readonly constraints?: readonly number[]
  readonly state?: Trial['state']
}

/** The selected trials: number, rank and crowding distance. */
function selected(given: readonly Given[], count: number, directions: readonly StudyDirection[]) {
  const entries = given.map(({ values, constraints, state = 'complete' }, number) => {
    const told = state !== 'complete' ? {} : values.length === 1 ? { value: values[0] } : { values }
    const trial: Trial = {
      number,
      params: {},
      state,
      value: undefined,
      constraints,
      reason: undefined,
      reports: [],
      ...told,
    }
    return { trial }
  })
  return selectBest(entries, count, directions).map(({ entry, rank, crowding }) => [entry.trial.number, rank, crowding])
}

const DOWN: readonly StudyDirection[] = ['minimize', 'minimize']
const points = (...list: (readonly number[])[]): Given[] => list.map((values) => ({ values }))

test('trials are ordered by front, and by crowding distance within a front', () => {
  // A front of five, and one trial behind it. The crowding distance is the sum of the neighbours' distances in both objectives.
  const given = points([0, 10], [1, 6], [2, 5], [7, 1], [10, 0], [10, 10])
  expect(selected(given, 6, DOWN)).toEqual([
    [0, 0, Infinity],
    [4, 0, Infinity],
    [3, 0, 0.8 + 0.5],
    [2, 0, 0.6 + 0.5],
    [1, 0, 0.2 + 0.5],
    [5, 1, Infinity],
  ])
  expect(selected(given, 3, DOWN).map(([number]) => number)).toEqual([0, 4, 3])
  expect(selected(given, 0, DOWN)).toEqual([])
  expect(selected([], 3, DOWN)).toEqual([])
})

test('the direction of each objective is respected', () => {
  const given = points([1, 1], [2, 2], [1, 2], [2, 1])
  const first = (...directions: StudyDirection[]): unknown[] =>
    selected(given, 4, directions).map(([number, rank]) => [number, rank])
  expect(first('minimize', 'minimize')).toEqual([
    [0, 0],
    [2, 1],
    [3, 1],
    [1, 2],
  ])
  expect(first('maximize', 'maximize')).toEqual([
    [1, 0],
    [2, 1],
    [3, 1],
    [0, 2],
  ])
  expect(first('minimize', 'maximize')).toEqual([
    [2, 0],
    [0, 1],
    [1, 1],
    [3, 2],
  ])
})

test('with one objective, each value is a front, and equal values keep their order', () => {
  expect(selected(points([3], [1], [2], [1], [1]), 5, ['minimize'])).toEqual([
    [1, 0, Infinity],
    [4, 0, Infinity],
    [3, 0, 0],
    [2, 1, Infinity],
    [0, 2, Infinity],
  ])
  expect(selected(points([3], [1]), 1, ['maximize'])).toEqual([[0, 0, Infinity]])
})

test('feasible trials come first, then the smaller violations; those without a value are left out', () => {
  const given: Given[] = [
    { values: [0, 0], constraints: [2] },
    { values: [9, 9], constraints: [0.5, 0.5] },
    { values: [5, 5], constraints: [-1, 0] },
    { values: [0, 0], state: 'failed' },
    { values: [0, 0], state: 'pruned' },
    { values: [1, 1], constraints: [2] },
  ]
  expect(selected(given, 9, DOWN).map(([number, rank]) => [number, rank])).toEqual([
    [2, 0],
    [1, 1],
    [0, 2],
    [5, 2],
  ])
})

test('infinite values are ranked on the front', () => {
  expect(selected(points([-Infinity, 3], [0, 2], [1, 1], [2, 0]), 4, DOWN)).toEqual([
    [0, 0, Infinity],
    [3, 0, Infinity],
    [1, 0, expect.any(Number)],
    [2, 0, expect.any(Number)],
  ])
})

test.each<[object, string]>([
  [{ populationSize: 1 }, '`populationSize` must be a whole number >= 2, got 1'],
  [{ populationSize: 2.5 }, '`populationSize` must be a whole number >= 2, got 2.5'],
  [{ mutationProb: -0.1 }, '`mutationProb` must be from 0 to 1, got -0.1'],
  [{ mutationProb: 1.1 }, '`mutationProb` must be from 0 to 1, got 1.1'],
  [{ crossoverProb: Number.NaN }, '`crossoverProb` must be from 0 to 1, got NaN'],
  [{ crossoverProb: 1.1 }, '`crossoverProb` must be from 0 to 1, got 1.1'],
  [{ populationsize: 3 }, '`nsga2` has an unknown key `populationsize`, did you mean `populationSize`?'],
  [{ mutation: 3 }, '`nsga2` has an unknown key `mutation`, did you mean `mutationProb`?'],
  [{ crossover: 3 }, '`nsga2` has an unknown key `crossover`, did you mean `crossoverProb`?'],
])('NSGA-II rejects the options %j', (options, message) => {
  expect(() => nsga2(options)).toThrow(expect.objectContaining({ message }))
})

test('NSGA-II accepts options at their limits', () => {
  for (const options of [
    { populationSize: 2 },
    { mutationProb: 0, crossoverProb: 0 },
    { mutationProb: 1, crossoverProb: 1 },
  ])
    expect(nsga2(options).name).toBe('nsga2')
})
