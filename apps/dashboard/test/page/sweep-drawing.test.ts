import { expect, test, vi } from 'vitest'
import { createPlane, paintGrid, robustSpan } from '../../src/web/sweeps/plane.ts'
import { createSweepData, takeColumns } from '../../src/web/sweeps/sweep-data.ts'
import { COLORS, colorOf, rankColors } from '../../src/web/sweeps/value-colors.ts'
import { columnsOf } from './trial-columns.ts'

const theme = vi.hoisted(() => ({ isDark: { value: false }, cssColor: (name: string) => name }))
vi.mock('../../src/web/theme.ts', () => theme)

test('a plane has its lower values at the bottom left, and gives back the values at a position', () => {
  const plane = createPlane(568, 234, [100, 200], [-1, 1])
  // 56 pixels at the left, 12 at the right, 8 at the top and 26 at the bottom are for the axes.
  expect([plane.x(100), plane.x(150), plane.x(200)]).toEqual([56, 306, 556])
  expect([plane.y(-1), plane.y(0), plane.y(1)]).toEqual([208, 108, 8])
  const [x, y] = plane.valuesAt(306, 58)
  expect([x, y]).toEqual([150, 0.5])
  const flat = createPlane(10, 10, [5, 5], [2, 2])
  expect([flat.x(5), flat.y(2)].every(Number.isFinite)).toBe(true)
})

test('a grid has a line and a number for each round value, within the plane', () => {
  const lines: number[][] = []
  const texts: string[] = []
  let from: number[] = []
  const ctx: Partial<CanvasRenderingContext2D> = {
    beginPath: () => undefined,
    moveTo(x: number, y: number) {
      from = [x, y]
    },
    lineTo: (x: number, y: number) => void lines.push([...from, x, y]),
    stroke: () => undefined,
    fillText: (text: string) => void texts.push(text),
  }
  // It draws with nothing else.
  paintGrid(ctx as CanvasRenderingContext2D, createPlane(568, 234, [0, 1000], [0, 1]))
  const across = lines.filter(([x1 = 0, y1, x2 = 0, y2]) => y1 === y2 && x2 > x1)
  const down = lines.filter(([x1, y1 = 0, x2, y2 = 0]) => x1 === x2 && y2 > y1)
  expect(lines).toHaveLength(across.length + down.length)
  expect(across.every(([x1, , x2]) => x1 === 56 && x2 === 556)).toBe(true)
  expect(down.every(([, y1, , y2]) => y1 === 8 && y2 === 208)).toBe(true)
  expect(texts).toHaveLength(lines.length)
  expect(texts.slice(0, across.length)).toContain('0.2')
  expect(texts.slice(across.length)).toContain('200')
})

test('a span leaves out the most extreme values, and has room at both ends', () => {
  const values = Array.from({ length: 101 }, (_, at) => at)
  const [low, high] = robustSpan([...values, Number.NaN])
  expect([low, high].map((one) => Number(one.toFixed(2)))).toEqual([1 - 97 * 0.04, 98 + 97 * 0.04])
  expect(robustSpan([])).toEqual([0, 1])
  expect(robustSpan([5, 5]).map((one) => Number(one.toFixed(3)))).toEqual([4.8, 5.2])
  expect(robustSpan([0])).toEqual([-0.04, 0.04])
  const [, most] = robustSpan([...values, 1e9])
  expect(most).toBeLessThan(200)
})

test('colours are assigned by rank from the best value, and a trial without a value has the last one', () => {
  const values = [8, 1, null, 2, 3, 4, 5, 6, 7]
  const data = takeColumns(createSweepData(), columnsOf(values.map((value, i) => ({ i, value }))))
  expect([...rankColors(data, 'min')]).toEqual([7, 0, COLORS, 1, 2, 3, 4, 5, 6])
  expect([...rankColors(data, 'max')]).toEqual([0, 7, COLORS, 6, 5, 4, 3, 2, 1])
  const all = Array.from({ length: COLORS + 1 }, (_, color) => colorOf(color))
  expect(new Set(all).size).toBe(COLORS + 1)
  theme.isDark.value = true
  expect(all).not.toContain(colorOf(0))
  expect(colorOf(COLORS)).toBe('#4b5563')
})
