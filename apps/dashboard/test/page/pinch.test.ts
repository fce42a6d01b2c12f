import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pinched } from '../../src/web/panels/charts/pinch.ts'

test('during a pinch, the step under each finger stays the same', () => {
  const place = fc.integer({ min: 0, max: 800 })
  fc.assert(
    fc.property(place, place, place, place, (a, b, c, d) => {
      fc.pre(b - a >= 8 && d - c >= 8)
      const steps = [a * 3 + 100, b * 3 + 100] as const
      const [from, to] = pinched(steps, [c, d], 800)
      const perPixel = (to - from) / 800
      expect(from + c * perPixel).toBeCloseTo(steps[0], 6)
      expect(from + d * perPixel).toBeCloseTo(steps[1], 6)
    }),
  )
})

test('two fingers at the same place produce a finite span', () => {
  const [from, to] = pinched([100, 200], [50, 50], 800)
  expect([Number.isFinite(from), Number.isFinite(to), to > from]).toEqual([true, true, true])
})
