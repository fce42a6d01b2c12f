import { expect, test } from 'vitest'
import { createPace, type Pace } from '../../src/node/pace.ts'

function paceOf(...marks: readonly (readonly [seconds: number, step: number])[]): Pace {
  const pace = createPace()
  for (const [seconds, step] of marks) pace.take(step, 1000 * seconds)
  return pace
}

test('a pace contains the seconds per step between two marks, and the time since the last record', () => {
  expect(createPace().at(0, 1)).toBeUndefined()
  expect([paceOf([0, 5]).at(500, null), paceOf([0, 5]).at(500, 0.25)]).toEqual([
    undefined,
    { recent: 0.25, usual: 0.25, quiet: 0.5 },
  ])
  expect(paceOf([0, 0], [1, 10]).at(2500, 9)).toEqual({ recent: 0.1, usual: 0.1, quiet: 1.5 })
  expect(paceOf([0, 5], [1, 5]).at(1000, null)).toBeUndefined()
})

test('there is a mark for each second, and the last record always counts', () => {
  expect(paceOf([0, 0], [0.5, 1], [0.75, 3]).at(750, null)).toMatchObject({ usual: 0.25 })
  // The record at 0.999 s is not a mark, so the pace of the last 30 seconds begins at second 1.
  const pace = paceOf([0, 0], [0.999, 10], [1, 20], [31, 50])
  expect(pace.at(31_000, null)).toEqual({ recent: 1, usual: 31 / 50, quiet: 0 })
})

/** A hundred steps in ten seconds for a minute, then ten steps in ten seconds. */
function slowed(until: number): Pace {
  const marks = Array.from({ length: until / 10 + 1 }, (_, i) => [10 * i, i <= 6 ? 100 * i : 540 + 10 * i] as const)
  return paceOf(...marks)
}

test('the recent pace covers 30 seconds, and the usual one five minutes', () => {
  expect(slowed(100).at(100_000, null)).toEqual({ recent: 1, usual: 100 / 640, quiet: 0 })
  expect(slowed(80).at(80_000, null)).toEqual({ recent: 30 / 120, usual: 80 / 620, quiet: 0 })
  expect(slowed(300).at(300_000, null)?.usual).toBe(300 / 840)
  expect(slowed(310).at(310_000, null)?.usual).toBe(300 / 750)
})

test('if the step goes back, the count starts over', () => {
  const pace = paceOf([0, 0], [10, 100], [20, 50])
  expect(pace.at(20_000, null)).toBeUndefined()
  pace.take(60, 40_000)
  expect(pace.at(40_000, null)).toEqual({ recent: 2, usual: 2, quiet: 0 })
  expect(paceOf([0, 0], [10, 100], [20, 100]).at(20_000, null)?.usual).toBe(0.2)
})

test('without a mark in the last 30 seconds the recent pace is the usual one', () => {
  expect(paceOf([0, 0], [1, 10], [40, 10]).at(40_000, null)).toEqual({ recent: 4, usual: 4, quiet: 0 })
})
