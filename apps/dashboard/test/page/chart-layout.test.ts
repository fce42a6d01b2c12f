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

test('a layout is the same after a way through the address, whatever characters its charts have', () => {
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

test('a move from or to a chart that a run lacks changes nothing', () => {
  expect(order(withMove(NO_LAYOUT, { title: 'x', before: 'a' }))).toBe('abcd')
  expect(order(withMove(NO_LAYOUT, { title: 'a', before: 'x' }))).toBe('abcd')
})

test('own charts keep their look when their lines change, and lose it when they are removed', () => {
  let layout = withOwn(withOwn(NO_LAYOUT, null, ['lr']), null, ['a - b'])
  layout = withOptions(layout, 'a - b', { ...PLAIN_OPTIONS, low: 0 })
  layout = withMove(layout, { title: 'lr', before: 'a - b' })
  expect([layout.own, layout.moves]).toEqual([[['lr'], ['a - b']], []])
  layout = withOwn(layout, 'a - b', ['a - b', 'c'])
  expect(optionsOf(layout, 'a - b, c').low).toBe(0)
  layout = withOwn(layout, 'a - b, c', [])
  expect(layout).toEqual({ own: [['lr']], looks: [], moves: [] })
})

test('a chart without options of its own takes no room in the address', () => {
  const changed = withOptions(NO_LAYOUT, 'a', { ...PLAIN_OPTIONS, isLog: true })
  expect(withOptions(changed, 'a', PLAIN_OPTIONS).looks).toEqual([])
})

test('a chart that stays linear while the page is logarithmic is in the address', () => {
  const layout = withOptions(NO_LAYOUT, 'a', { ...PLAIN_OPTIONS, keepsLinear: true })
  expect(optionsOf(parseLayout(formatLayout(layout)), 'a').keepsLinear).toBe(true)
  expect(withOptions(layout, 'a', PLAIN_OPTIONS).looks).toEqual([])
})
