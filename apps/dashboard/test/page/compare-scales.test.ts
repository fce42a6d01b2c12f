import { expect, test } from 'vitest'
import { plainChart } from '../../src/web/compare/chart-spec.ts'
import type { Line } from '../../src/web/compare/lines.ts'
import { project, spanOfX, spanOfY, ticksIn } from '../../src/web/compare/scales.ts'

function line(ys: readonly (number | null)[], more: Partial<Line> = {}): Line {
  return { id: 'a', label: 'a', color: 'red', xs: ys.map((_, i) => i), ys, isComplete: true, ...more }
}

const rounded = (values: readonly number[]): readonly number[] => values.map((value) => Number(value.toPrecision(6)))
const PLAIN = plainChart('a')
const LOG = { ...PLAIN, isLog: true }

test('the horizontal range covers all lines, and has a width even for one position', () => {
  expect(spanOfX([line([1, 1, 1]), line([1], { xs: [-4] }), line([])])).toEqual([-4, 2])
  expect(spanOfX([line([1], { xs: [7] }), line([1], { xs: [9] })])).toEqual([7, 9])
  expect(spanOfX([line([1], { xs: [7] })])).toEqual([6.5, 7.5])
  expect([spanOfX([]), spanOfX([line([])])]).toEqual([
    [0, 1],
    [0, 1],
  ])
})

test('the vertical range has a margin around the visible values, the bands and the thresholds', () => {
  const drawn = line([0, 10, 20, 100])
  expect(rounded(spanOfY([drawn], [0, 2], PLAIN))).toEqual([-0.8, 20.8])
  expect(rounded(spanOfY([drawn], [1, 3], PLAIN))).toEqual([6.4, 103.6])
  expect(rounded(spanOfY([line([9, 9], { lows: [0, null] })], [0, 1], PLAIN))).toEqual([-0.36, 9.36])
  expect(rounded(spanOfY([line([0, 9], { highs: [null, 20] })], [0, 1], PLAIN))).toEqual([-0.8, 20.8])
  const thresholds = [{ value: 30, label: '' }]
  expect(rounded(spanOfY([line([0, 9])], [0, 1], { ...PLAIN, thresholds }))).toEqual([-1.2, 31.2])
})

test('equal values and no values have a range too', () => {
  expect(rounded(spanOfY([line([-4, -4])], [0, 1], PLAIN))).toEqual([-4.2, -3.8])
  expect(rounded(spanOfY([line([0])], [0, 1], PLAIN))).toEqual([-0.5, 0.5])
  expect(rounded(spanOfY([], [0, 1], PLAIN))).toEqual([-0.04, 1.04])
  expect(rounded(spanOfY([line([5, 5])], [0, 1], LOG))).toEqual([4.54545, 5.5])
  expect(rounded(spanOfY([], [0, 1], LOG))).toEqual([0.0912011, 1.09648])
  expect(rounded(spanOfY([line([0, -2, 1, 100])], [0, 9], LOG))).toEqual([0.831764, 120.226])
})

test('limits that a person set override the values, if the axis can show them and they are in order', () => {
  const drawn = [line([1, 101])]
  expect(spanOfY(drawn, [0, 1], { ...PLAIN, low: -5, high: 5 })).toEqual([-5, 5])
  expect(spanOfY(drawn, [0, 1], { ...PLAIN, low: 50 })).toEqual([50, 105])
  expect(spanOfY(drawn, [0, 1], { ...PLAIN, high: 50 })).toEqual([-3, 50])
  expect(spanOfY(drawn, [0, 1], { ...PLAIN, low: 5, high: 5 })).toEqual([-3, 105])
  expect(spanOfY(drawn, [0, 1], { ...PLAIN, low: 6, high: 5 })).toEqual([-3, 105])
  const [low, high] = spanOfY(drawn, [0, 1], LOG)
  expect(spanOfY(drawn, [0, 1], { ...LOG, low: 0, high: -1 })).toEqual([low, high])
  expect(spanOfY(drawn, [0, 1], { ...LOG, low: 0.5, high: 900 })).toEqual([0.5, 900])
})

test('without outliers, the most extreme hundredth of the values is ignored at each end', () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i)
  const spec = { ...PLAIN, hidesOutliers: true }
  expect(rounded(spanOfY([line(values)], [0, 99], spec))).toEqual([-1.88, 102.88])
  expect(rounded(spanOfY([line(values.slice(1))], [0, 99], spec))).toEqual([-2.92, 102.92])
})

test('ticks are multiples of 1, 2 or 5 times a power of ten, with both ends of the range', () => {
  expect(rounded(ticksIn([0, 1], 5))).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1])
  expect(ticksIn([0, 10], 10)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  expect(ticksIn([-3, 24], 5)).toEqual([0, 10, 20])
  expect(ticksIn([-70, 70], 4)).toEqual([-50, 0, 50])
  expect(ticksIn([0, 90], 1)).toEqual([0])
  expect(ticksIn([0, 90], 0.2)).toEqual([0])
  expect(rounded(ticksIn([0.3, 0.7], 4))).toEqual([0.3, 0.4, 0.5, 0.6, 0.7])
  expect(ticksIn([11, 19], 1)).toEqual([])
  expect([ticksIn([1, 1], 4), ticksIn([2, 1], 4), ticksIn([0, Number.POSITIVE_INFINITY], 4)]).toEqual([[], [], []])
})

test('the projection puts the lower end of a range at the bottom left, linear or logarithmic', () => {
  const box = { left: 10, top: 20, width: 200, height: 100 }
  const at = project([100, 200], [-1, 1], box, false)
  expect([at.x(100), at.x(150), at.x(250)]).toEqual([10, 110, 310])
  expect([at.y(-1), at.y(0), at.y(2)]).toEqual([120, 70, -30])
  const log = project([0, 1], [0.1, 1000], box, true)
  expect(rounded([log.y(0.1), log.y(1), log.y(1000)])).toEqual([120, 95, 20])
})
