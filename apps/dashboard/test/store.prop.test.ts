import fc from 'fast-check'
import { expect, test } from 'vitest'
import { reduceBurst, toMetricsData } from '../src/server/metric-lines.ts'

// No -0: which of 0 and -0 is the minimum depends on their order, and makes no difference.
const finite = fc.double({ noNaN: true, min: -1e9, max: 1e9 }).map((value) => value + 0)

test('the buckets of a burst match a loop over its points, in their order', () => {
  fc.assert(
    fc.property(
      fc.array(fc.option(finite), { minLength: 65, maxLength: 500 }),
      fc.integer({ min: 1, max: 64 }),
      (values, limit) => {
        const steps = values.map((_, i) => i * 2)
        const burst = reduceBurst([steps, values], limit)
        expect(burst.count.length).toBe(Math.max(1, Math.floor(limit / 4)))
        expect(burst.count.reduce((sum, count) => sum + count, 0)).toBe(values.length)
        let at = 0
        for (const [i, count] of burst.count.entries()) {
          const part = values.slice(at, at + count)
          const known = part.filter((value) => value !== null)
          const mean = known.reduce((sum, value) => sum + value, 0) / known.length
          expect([burst.first_step[i], burst.last_step[i]]).toEqual([at * 2, (at + count - 1) * 2])
          expect([burst.first[i], burst.last[i], burst.gaps[i]]).toEqual([part[0], part.at(-1), count - known.length])
          expect([burst.min[i], burst.max[i]]).toEqual(
            known.length === 0 ? [null, null] : [Math.min(...known), Math.max(...known)],
          )
          if (known.length === 0) expect(burst.mean[i]).toBeNull()
          else expect(Math.abs((burst.mean[i] ?? Number.NaN) - mean)).toBeLessThanOrEqual(1e-3)
          at += count
        }
      },
    ),
  )
})

test('of several lines with the same step the last one counts, and few points are sent unchanged', () => {
  const line = (step: number, value: number) => ({ step, epoch: null, wallTime: null, metrics: { loss: value } })
  expect(toMetricsData([line(1, 5), line(2, 6), line(2, 7)], undefined, 2)).toEqual({
    series: {
      loss: [
        [1, 2],
        [5, 7],
      ],
    },
    bursts: {},
    last_step: 2,
  })
})
