import { expect, test } from 'vitest'
import { PLAIN_OPTIONS } from '../../src/web/compare/chart-spec.ts'
import {
  formatLayout,
  inOrder,
  NO_LAYOUT,
  optionsOf,
  parseLayout,
  withMove,
  withOptions,
  withOwn,
} from '../../src/web/panels/charts/layout.ts'

const charts = ['a', 'b', 'c', 'd'].map((title) => ({ title, names: [title] }))
const order = (layout: typeof NO_LAYOUT): string =>
  inOrder(charts, layout.moves)
    .map(({ title }) => title)
    .join('')

test('a layout is unchanged after it was written to the address and read back, whatever characters its charts contain', () => {
  let layout = withOwn(NO_LAYOUT, null, ['train_loss - val_loss', 'x, y||log'])
  layout = withOwn(layout, null, ['100% "lr"'])
  layout = withOptions(layout, '100% "lr"', { ...PLAIN_OPTIONS, isLog: true, columns: 3, height: 240 })
  layout = withMove(layout, { title: 'a,b', before: 'c' })
  layout = withMove(layout, { title: 'd', before: null })
  expect(parseLayout(formatLayout(layout))).toEqual(layout)
  expect(formatLayout(NO_LAYOUT)).toEqual({ charts: null, looks: null, moves: null })
  expect(parseLayout({ charts: '%E0%A,,', looks: encodeURIComponent('a||w=99,h=5'), moves: ',' })).toMatchObject({
    own: [['%E0%A']],
    looks: [{ columns: 4, height: 120 }],
  })
})

test('a chart moves before another of its group, or to the end, and the last move of a chart counts', () => {
  expect(order(withMove(NO_LAYOUT, { title: 'd', before: 'a' }))).toBe('dabc')
  expect(order(withMove(NO_LAYOUT, { title: 'a', before: null }))).toBe('bcda')
  const twice = withMove(withMove(NO_LAYOUT, { title: 'a', before: null }), { title: 'a', before: 'c' })
  expect([order(twice), twice.moves.length]).toEqual(['bacd', 1])
})

test('a move of a missing chart, or to one, changes nothing', () => {
  expect(order(withMove(NO_LAYOUT, { title: 'x', before: 'a' }))).toBe('abcd')
  expect(order(withMove(NO_LAYOUT, { title: 'a', before: 'x' }))).toBe('abcd')
})

test('custom charts keep their settings when their lines change, and lose them when they are removed', () => {
  let layout = withOwn(withOwn(NO_LAYOUT, null, ['lr']), null, ['a - b'])
  layout = withOptions(layout, 'a - b', { ...PLAIN_OPTIONS, low: 0 })
  layout = withMove(layout, { title: 'lr', before: 'a - b' })
  expect([layout.own, layout.moves]).toEqual([[['lr'], ['a - b']], []])
  layout = withOwn(layout, 'a - b', ['a - b', 'c'])
  expect(optionsOf(layout, 'a - b, c').low).toBe(0)
  layout = withOwn(layout, 'a - b, c', [])
  expect(layout).toEqual({ own: [['lr']], looks: [], moves: [] })
})

test('a chart with default settings is not in the address', () => {
  const changed = withOptions(NO_LAYOUT, 'a', { ...PLAIN_OPTIONS, isLog: true })
  expect(withOptions(changed, 'a', PLAIN_OPTIONS).looks).toEqual([])
})

test('a chart that stays linear while the page is logarithmic is in the address', () => {
  const layout = withOptions(NO_LAYOUT, 'a', { ...PLAIN_OPTIONS, keepsLinear: true })
  expect(optionsOf(parseLayout(formatLayout(layout)), 'a').keepsLinear).toBe(true)
  expect(withOptions(layout, 'a', PLAIN_OPTIONS).looks).toEqual([])
})
