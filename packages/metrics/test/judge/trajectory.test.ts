import { expect, test } from 'vitest'
import { trajectoryOf } from '../../src/judge.ts'

const steps = Array.from({ length: 100 }, (_, i) => i)
const falling = steps.map((i) => Math.exp(-i / 30))

test('metrics that move together lie on one axis, regardless of their units', () => {
  const found = trajectoryOf([
    { name: 'loss', steps, values: falling },
    { name: 'error in percent', steps, values: falling.map((value) => 100 * value + 3) },
    { name: 'accuracy', steps, values: falling.map((value) => 1 - value) },
  ])
  expect(found?.axes[0]?.share).toBeCloseTo(1)
  expect(found?.axes[0]?.correlations.map(({ name, value }) => `${name} ${value.toFixed(3)}`)).toEqual([
    ...['loss 1.000', 'error in percent 1.000', 'accuracy -1.000'],
  ])
  expect(found?.points.every(({ y }) => Math.abs(y) < 1e-6)).toBe(true)
})

test('two independent metrics need two axes, and a change in one appears as a turn in the path', () => {
  const jump = steps.map((i) => (i < 50 ? 0 : 1))
  const wave = steps.map((i) => Math.sin(i))
  const found = trajectoryOf([
    { name: 'jump', steps, values: jump },
    { name: 'wave', steps, values: wave },
  ])
  expect((found?.axes[0]?.share ?? 0) + (found?.axes[1]?.share ?? 0)).toBeCloseTo(1)
  expect(found?.points).toHaveLength(100)
})

test('a rarely reported metric keeps its value, gaps are left out, and the path starts where all metrics are known', () => {
  const found = trajectoryOf([
    { name: 'loss', steps, values: falling.map((value, i) => (i === 40 ? Number.NaN : value)) },
    { name: 'val_loss', steps: [10, 50, 90], values: [3, 2, 1] },
    { name: 'constant', steps, values: steps.map(() => 7) },
  ])
  expect(found?.points[0]?.step).toBe(10)
  expect(found?.points.every(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))).toBe(true)
  expect(found?.axes[0]?.correlations.map(({ name }) => name)).toEqual(['loss', 'val_loss'])
})

test('a long run is thinned evenly, and a single metric has no path', () => {
  const many = Array.from({ length: 10_000 }, (_, i) => i)
  const found = trajectoryOf(
    [
      { name: 'a', steps: many, values: many.map(Math.sqrt) },
      { name: 'b', steps: many, values: many.map((i) => Math.cos(i / 900)) },
    ],
    500,
  )
  expect([found?.points.length, found?.points[0]?.step, found?.points.at(-1)?.step]).toEqual([500, 0, 9999])
  expect(trajectoryOf([{ name: 'a', steps, values: falling }])).toBeUndefined()
})
