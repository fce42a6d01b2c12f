import { expect, test } from 'vitest'
import { clamp, formatCharts, PLAIN_OPTIONS, parseCharts, plainChart } from '../../src/web/compare/chart-spec.ts'
import { formatThresholds, readThresholds, thresholdsText, typedThresholds } from '../../src/web/compare/thresholds.ts'

const PLAIN = {
  ...{ isLog: false, keepsLinear: false, hidesOutliers: false, low: null, high: null, thresholds: [] },
  ...{ columns: 1, height: null },
}

test('a chart has the default settings unless the address has others', () => {
  expect(PLAIN_OPTIONS).toEqual(PLAIN)
  expect([plainChart('loss'), ...parseCharts('loss,,a%7Cb')]).toEqual([
    { text: 'loss', ...PLAIN },
    { text: 'loss', ...PLAIN },
    { text: 'a|b', ...PLAIN },
  ])
  expect([parseCharts(''), formatCharts([])]).toEqual([[], ''])
})

test.each([
  ['||log', { isLog: true }],
  ['||lin', { keepsLinear: true }],
  ['||out', { hidesOutliers: true }],
  ['||log,lin,out', { isLog: true, keepsLinear: true, hidesOutliers: true }],
  ['||y=0~1', { low: 0, high: 1 }],
  ['||y=~-2.5', { high: -2.5 }],
  ['||y=3~', { low: 3 }],
  [
    '||at=0.3:goal;0.5',
    {
      thresholds: [
        { value: 0.3, label: 'goal' },
        { value: 0.5, label: '' },
      ],
    },
  ],
  ['||w=4', { columns: 4 }],
  ['||h=120', { height: 120 }],
  ['||h=900', { height: 900 }],
  [
    '||log,y=1~2,at=7,w=2,h=300',
    { isLog: true, low: 1, high: 2, thresholds: [{ value: 7, label: '' }], columns: 2, height: 300 },
  ],
])('the settings of %s are read and written', (text, options) => {
  const charts = [{ text: 'a||b', ...PLAIN, ...options }]
  expect(parseCharts(encodeURIComponent(`a||b${text}`))).toEqual(charts)
  expect(decodeURIComponent(formatCharts(charts))).toBe(`a||b${text}`)
})

test.each([
  ['a||y=x~Infinity', {}],
  ['a||y= ~ ', {}],
  ['a||w=0', {}],
  ['a||w=2.6', { columns: 3 }],
  ['a||w=9', { columns: 4 }],
  ['a||w=x,h=x', {}],
  ['a||h=119', { height: 120 }],
  ['a||h=300.4', { height: 300 }],
  ['a||h=901', { height: 900 }],
  ['a||nonsense,xlog,logs', {}],
])('a setting that cannot be used is limited or left out: %s', (text, options) => {
  expect(parseCharts(encodeURIComponent(text))).toEqual([{ text: 'a', ...PLAIN, ...options }])
})

test('a number is limited to a range', () => {
  expect([clamp(0, 1, 3), clamp(1, 1, 3), clamp(2, 1, 3), clamp(4, 1, 3)]).toEqual([1, 1, 2, 3])
})

test('thresholds of a link are numbers with escaped labels; other entries are left out', () => {
  const thresholds = [
    { value: 0.3, label: 'a:b;c, d' },
    { value: -2, label: '' },
  ]
  expect(formatThresholds(thresholds)).toBe('0.3:a%3Ab%3Bc%2C%20d;-2')
  expect(readThresholds('0.3:a%3Ab%3Bc%2C%20d;-2')).toEqual(thresholds)
  expect(readThresholds('; :x;y;Infinity;1e2:z:w')).toEqual([{ value: 100, label: 'z' }])
})

test('thresholds that a person typed are numbers with a label after each', () => {
  expect(typedThresholds('0.3 the  goal,, -2 ')).toEqual({
    ok: true,
    value: [
      { value: 0.3, label: 'the goal' },
      { value: -2, label: '' },
    ],
  })
  expect(typedThresholds('')).toEqual({ ok: true, value: [] })
  expect(typedThresholds('1, Infinity x')).toEqual({
    ok: false,
    problem: 'a threshold must be a number, optionally followed by a label, not `Infinity x`',
  })
  expect(
    thresholdsText([
      { value: 0.3, label: 'goal' },
      { value: -2, label: '' },
    ]),
  ).toBe('0.3 goal, -2')
})
