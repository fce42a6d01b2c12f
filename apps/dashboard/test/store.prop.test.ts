import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Column } from '../src/server/column.ts'
import { reduceBurst } from '../src/server/metric-lines.ts'
import { seeded } from './fixture.ts'

test('a window of any width has the least and the greatest of every pixel', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 400 }),
      fc.array(fc.tuple(fc.integer({ min: 0, max: 2999 }), fc.double({ min: -1e6, max: 1e6, noNaN: true })), {
        maxLength: 30,
      }),
      fc.integer(),
      (pixels, spikes, seed) => {
        const random = seeded(Math.abs(seed) + 1)
        const values = Array.from({ length: 3000 }, () => random())
        for (const [at, value] of spikes) values[at] = value
        const column = new Column('x')
        for (const [step, value] of values.entries()) column.push(step, value)
        const window = column.window({ name: 'x', pixels })
        const kept = new Map(window.steps.map((step, i) => [step, window.values[i]]))
        expect(window.steps.length).toBeLessThanOrEqual(Math.max(pixels * 4 + 8, 0))
        const width = 2999 / pixels
        for (let pixel = 0; pixel < pixels; pixel++) {
          const part = values
            .map((value, step) => [step, value] as const)
            .filter(([step]) => Math.floor(step / width) === pixel)
          if (part.length === 0) continue
          const least = Math.min(...part.map(([, value]) => value))
          const greatest = Math.max(...part.map(([, value]) => value))
          const seen = part.filter(([step]) => kept.has(step)).map(([, value]) => value)
          expect([Math.min(...seen), Math.max(...seen)]).toEqual([least, greatest])
        }
      },
    ),
    { numRuns: 40 },
  )
})

test('a burst keeps its extremes, its order and every kind of gap', () => {
  fc.assert(
    fc.property(
      fc.array(fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })), { minLength: 1, maxLength: 500 }),
      fc.integer({ min: 4, max: 64 }),
      (values, limit) => {
        const steps = values.map((_, i) => i)
        const [keptSteps, keptValues] = reduceBurst(steps, values, limit)
        const finite = values.filter((value) => value !== null)
        const kept = keptValues.filter((value) => value !== null)
        expect(keptSteps).toEqual([...keptSteps].sort((a, b) => a - b))
        expect(keptValues).toEqual(keptSteps.map((step) => values[step]))
        expect(Math.max(...kept)).toBe(Math.max(...finite))
        expect(Math.min(...kept)).toBe(Math.min(...finite))
        expect(keptValues.includes(null)).toBe(values.includes(null))
      },
    ),
  )
})

test('steps that go back make what was there a ghost, and the last line of a step wins', () => {
  const column = new Column('x')
  for (const step of [0, 1, 2, 3, 4, 2, 2, 3]) column.push(step, column.length + step * 10)
  expect(column.window({ name: 'x' })).toEqual({
    name: 'x',
    steps: [0, 1, 2, 3],
    values: [0, 11, 23, 33],
    count: 4,
    ghosts: [{ steps: [2, 3, 4], values: [22, 33, 44] }],
  })
})
