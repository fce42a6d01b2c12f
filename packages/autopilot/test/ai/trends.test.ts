import { expect, test } from 'vitest'
import {
  createTrends,
  digits,
  rawText,
  type Trends,
  trendNumbers,
  trendStrength,
  trendText,
} from '../../src/ai/trends.ts'

function trendsOf(name: string, values: readonly (number | null)[], first = 0): Trends {
  const trends = createTrends()
  for (const [i, value] of values.entries()) trends.take(first + i, { [name]: value })
  return trends
}

function windowOf(trends: Trends, name: string) {
  const window = trends.window(name)
  if (window === undefined) throw new Error(`no window of ${name}`)
  return window
}

const text = (name: string, trends: Trends): string => trendText(windowOf(trends, name), trends.nulls(name))

test('numbers are kept by name; values that are not finite are counted, and other values are skipped', () => {
  const trends = createTrends()
  trends.take(0, { loss: 2, text: 'x', flag: true, gone: null })
  trends.take(1, { loss: Number.NaN, other: Number.POSITIVE_INFINITY })
  trends.take(2, { loss: 1 })
  expect(trends.names()).toEqual(['loss', 'gone', 'other'])
  expect(['loss', 'gone', 'other', 'text'].map((name) => trends.nulls(name))).toEqual([1, 1, 1, 0])
  expect([trends.window('text'), windowOf(trends, 'loss').length, windowOf(trends, 'gone').length]).toEqual([
    undefined,
    2,
    0,
  ])
})

test('at most 2000 metrics are kept', () => {
  const trends = createTrends()
  trends.take(0, Object.fromEntries(Array.from({ length: 2001 }, (_, i) => [`m${i}`, i])))
  trends.take(1, { m0: 1, m2000: 1 })
  expect(trends.names()).toHaveLength(2000)
  expect([trends.window('m1999')?.length, trends.window('m2000'), trends.window('m0')?.length]).toEqual([
    1,
    undefined,
    2,
  ])
})

test('a metric without values has no trend', () => {
  const trends = trendsOf('loss', [null])
  expect(trendNumbers(windowOf(trends, 'loss'), 1)).toEqual({ last: null, best: null, trends: [], not_finite: 1 })
  expect([trendText(windowOf(trends, 'loss'), 1), trendText(windowOf(trends, 'loss'), 0)]).toEqual([
    'no finite value',
    'no value yet',
  ])
  expect(trendStrength(windowOf(trends, 'loss'))).toBe(0)
})

test('a summary has the last value, the best one, and the trends over 50 and 500 values', () => {
  const wave = (i: number): number => Math.sin(i * 2.3) / 10
  const falling = (count: number): Trends =>
    trendsOf(
      'loss',
      Array.from({ length: count }, (_, i) => 10 - i / 100 + wave(i)),
      1,
    )
  const sizes = (count: number): readonly number[] =>
    trendNumbers(windowOf(falling(count), 'loss'), 0).trends.map(({ values }) => values)
  expect([3, 20, 50, 51, 100, 500].map(sizes)).toEqual([[], [20], [50], [50, 51], [50, 100], [50, 500]])
  expect(sizes(700)).toEqual([50, 500])
  expect(text('loss', falling(100))).toBe(
    'last 9.11 at 100; best 8.949 at 99; over 50: -0.5035 (z -4.457); over 100: -0.9949 (z -5.178)',
  )
  expect(trendNumbers(windowOf(falling(20), 'loss'), 3)).toEqual({
    last: { step: 20, value: expect.closeTo(9.782, 3) },
    best: { step: 17, value: expect.closeTo(9.762, 3) },
    trends: [{ values: 20, change: expect.closeTo(-0.1903, 4), z: expect.closeTo(-2.2961, 4) }],
    not_finite: 3,
  })
  // Only the last 50 values matter, and the direction does not.
  expect(trendStrength(windowOf(falling(100), 'loss'))).toBeCloseTo(4.4572, 4)
})

test('a metric for which higher is better keeps its values and trends unchanged', () => {
  const trends = trendsOf(
    'accuracy',
    Array.from({ length: 30 }, (_, i) => (i === 12 ? 0.9 : 0.5 + i / 100)),
  )
  expect(text('accuracy', trends)).toBe('last 0.79 at 29; best 0.9 at 12; over 30: 0.304 (z 4.727)')
  expect(rawText(windowOf(trends, 'accuracy'), 3)).toBe('27:0.77 28:0.78 29:0.79')
  const few = trendsOf('loss', [3, 1, 2, null, 1], 7)
  expect(text('loss', few)).toBe('last 1 at 11; best 1 at 8; 1 not finite')
  expect([rawText(windowOf(few, 'loss'), 9), rawText(windowOf(few, 'loss'), 1)]).toEqual(['7:3 8:1 9:2 11:1', '11:1'])
})

test('numbers are shown with four digits', () => {
  expect([1 / 3, 123_456, 0, 1e-9, -2.00001].map(digits)).toEqual(['0.3333', '123500', '0', '1e-9', '-2'])
})
