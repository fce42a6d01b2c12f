import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stepRange } from '../src/index.ts'

const rangeOf = (...steps: number[]) => stepRange(Float64Array.from(steps))
const count = (length: number, stride = 1) => Array.from({ length }, (_, at) => at * stride)

test('one absurd step among many, whether below, between or above them, is far away', () => {
  for (const at of [0, 200, 400]) {
    expect(rangeOf(...count(400).toSpliced(at, 0, 1e12))).toEqual({
      first: 0,
      last: 399,
      far: { count: 1, lowest: 1e12, highest: 1e12 },
    })
  }
  expect(rangeOf(-5e9, ...count(1000, 50), 6e9)).toEqual({
    first: 0,
    last: 49_950,
    far: { count: 2, lowest: -5e9, highest: 6e9 },
  })
  expect(rangeOf(...count(10), 1e9).far).toEqual({ count: 1, lowest: 1e9, highest: 1e9 })
})

test('steps that are merely sparse, few, or continue at a different level are not far away', () => {
  expect(rangeOf(...count(400), 30_000)).toEqual({ first: 0, last: 30_000, far: undefined })
  expect(rangeOf(0, 1, 1e9)).toEqual({ first: 0, last: 1e9, far: undefined })
  const elsewhere = count(100).map((step) => 1e9 + step)
  expect(rangeOf(...count(400), ...elsewhere)).toMatchObject({ first: 0, last: 1e9 + 99, far: undefined })
  expect(rangeOf()).toEqual({ first: Number.POSITIVE_INFINITY, last: Number.NEGATIVE_INFINITY, far: undefined })
  expect(rangeOf(7)).toEqual({ first: 7, last: 7, far: undefined })
})

test('for any steps, the range and the far steps together contain all of them, and most are in the range', () => {
  const step = fc.oneof(fc.nat(1000), fc.maxSafeInteger(), fc.double({ min: -1e15, max: 1e15, noNaN: true }))
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 400 }), (steps) => {
      const { first, last, far } = rangeOf(...steps)
      const inside = steps.filter((one) => one >= first && one <= last)
      expect(inside.length + (far?.count ?? 0)).toBe(steps.length)
      // Adding 0 turns -0 into 0.
      expect([Math.min(...inside) + 0, Math.max(...inside) + 0]).toEqual([first + 0, last + 0])
      expect(far?.count ?? 0).toBeLessThanOrEqual(Math.max(1, steps.length / 100))
    }),
  )
})
