import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createAxis, priorCoordinate } from '../src/axis.ts'
import { type Dimension, float, int, normal, type Space } from '../src/dimension.ts'
import { parseSpace } from '../src/index.ts'
import { createLayout, createPoint, decodePoint, encodeParams } from '../src/layout.ts'

const share = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })
const bounds = fc.tuple(
  fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  fc.double({ min: 1e-9, max: 1e6, noNaN: true }),
)
// A range this small relative to its bounds has no step that keeps its values distinct.
const stepped = bounds.filter(([low, width]) => width > 1e-9 * Math.abs(low))
const wholes = fc.tuple(fc.integer({ min: -100_000, max: 100_000 }), fc.integer({ min: 0, max: 100_000 }))

const numbers: fc.Arbitrary<Dimension> = fc.oneof(
  bounds.map(([low, width]) => float(low, low + width)),
  bounds.map(([low, width]) => float(Math.abs(low) + 1e-9, Math.abs(low) + 1e-9 + width, { log: true })),
  fc.tuple(stepped, fc.integer({ min: 1, max: 1000 })).map(([[low, width], n]) =>
    float(low, low + width, {
      step: Math.min(low + width - low, Math.max(width / n, 1e-11 * (Math.abs(low) + width))),
    }),
  ),
  wholes.map(([low, width]) => int(low, low + width)),
  wholes.map(([low, width]) => int(Math.abs(low) + 1, Math.abs(low) + 1 + width, { log: true })),
  fc
    .tuple(wholes, fc.integer({ min: 1, max: 500 }))
    .map(([[low, width], step]) => int(low, low + width, { step: Math.max(1, Math.min(width, step)) })),
)

test('every drawn number is within its bounds, and whole and on its grid if required', () => {
  fc.assert(
    fc.property(numbers, share, (dimension, u) => {
      const axis = createAxis('p', dimension)
      const value = axis.value(priorCoordinate(axis, u))
      expect(axis.problem(value)).toBeUndefined()
    }),
    { numRuns: 600, seed: 1 },
  )
})

test('the coordinate of a value maps back to it', () => {
  fc.assert(
    fc.property(numbers, share, (dimension, u) => {
      const axis = createAxis('p', dimension)
      const value = Number(axis.value(u))
      const again = Number(axis.value(axis.coordinate(value)))
      const range = dimension.kind === 'float' ? dimension.high - dimension.low : 0
      expect(Math.abs(again - value)).toBeLessThanOrEqual(1e-9 * (Math.abs(value) + range))
      if (Number.isFinite(axis.count)) expect(again).toBe(value)
    }),
    { numRuns: 600, seed: 2 },
  )
})

const space: fc.Arbitrary<Space> = fc.letrec<{ space: Space; dimension: Dimension }>((tie) => ({
  space: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'lr'), tie('dimension'), { maxKeys: 4 }),
  dimension: fc.oneof(
    { depthSize: 'small' },
    numbers,
    fc
      .uniqueArray(fc.oneof(fc.integer(), fc.string(), fc.boolean()), { minLength: 1, maxLength: 5 })
      .map((values) => ({ kind: 'choice' as const, values })),
    fc.constant(normal(0, 1)),
    fc
      .dictionary(fc.constantFrom('p', 'q', 'r'), tie('space'), { minKeys: 1, maxKeys: 3 })
      .map((arms) => ({ kind: 'branch' as const, arms })),
  ),
})).space

test('any space is preserved by JSON, and any point by its parameters', () => {
  fc.assert(
    fc.property(space, fc.infiniteStream(share), (any, stream) => {
      fc.pre(Object.keys(any).length > 0)
      const plain = JSON.parse(JSON.stringify(any))
      expect(parseSpace(plain)).toEqual(plain)
      const layout = createLayout(any)
      const point = createPoint(layout, ({ axis }) => priorCoordinate(axis, Number(stream.next().value)))
      const params = decodePoint(layout, point)
      expect(decodePoint(layout, encodeParams(layout, JSON.parse(JSON.stringify(params))))).toEqual(
        decodePoint(layout, encodeParams(layout, params)),
      )
    }),
    { numRuns: 200, seed: 3 },
  )
})
