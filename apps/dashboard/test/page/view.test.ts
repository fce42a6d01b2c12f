import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Address, openAddress } from './address.ts'

type View = typeof import('../../src/web/panels/charts/view.ts')

let address: Address
let view: View
beforeEach(async () => {
  vi.useFakeTimers()
  vi.resetModules()
  address = openAddress('http://localhost/run/a?x=100~400')
  view = await import('../../src/web/panels/charts/view.ts')
})
afterEach(() => {
  vi.useRealTimers()
})

const at = (query: string): ReturnType<View['chartView']> => {
  address.visit(`http://localhost/run/a?${query}`)
  return view.chartView()
}

test.each([
  ['100~400', { from: 100, to: 400, last: null }],
  ['100.5~', { from: 100.5, to: null, last: null }],
  ['~400', { from: null, to: 400, last: null }],
  ['last500', { from: null, to: null, last: 500 }],
])('a span of steps is written as it is read: %s', (text, span) => {
  expect(view.parseSpan(text)).toEqual(span)
  expect(view.formatSpan(span)).toBe(text)
})

test.each([null, '', '100-400', 'last', 'lastx', 'a~b', '1~2~3', ' 1~2'])(
  'anything else is the whole run: %s',
  (text) => {
    expect(view.parseSpan(text)).toEqual({ from: null, to: null, last: null })
  },
)

test('in the address, steps have at most two decimals and are never below 0', () => {
  expect(view.formatSpan({ from: -3, to: 10.456, last: null })).toBe('0~10.46')
  expect(view.formatSpan({ from: null, to: null, last: null })).toBeNull()
})

test('a span is shown to people in whole steps', () => {
  const text = (from: number | null, to: number | null): string => view.spanText({ from, to, last: null })
  expect([text(99.6, 400.2), text(100, null), text(null, 400), text(-5, 1)]).toEqual([
    '100 to 400',
    'from 100',
    'up to 400',
    '0 to 1',
  ])
})

test('the address chooses how charts are drawn', () => {
  expect(at('smooth=0.9&log=1&norm=1&q=loss&marks=all&pin=a%252Cb,c&focus=val_loss')).toEqual({
    smoothing: 0.9,
    isLog: true,
    isNormalised: true,
    search: 'loss',
    pinned: ['a,b', 'c'],
    focus: ['val_loss'],
    marks: 'all',
    layout: { own: [], looks: [], moves: [] },
  })
  expect(at('')).toEqual({
    smoothing: 0,
    isLog: false,
    isNormalised: false,
    search: '',
    pinned: undefined,
    focus: undefined,
    marks: 'changes',
    layout: { own: [], looks: [], moves: [] },
  })
})

test('invalid values in a link have no effect on the charts', () => {
  expect(['1', '-0.1', 'x', '0.999'].map((smooth) => at(`smooth=${smooth}`).smoothing)).toEqual([0, 0, 0, 0.999])
  expect(['none', '0', 'x'].map((marks) => at(`marks=${marks}`).marks)).toEqual(['none', 'none', 'changes'])
  expect(at('pin=%25E0%25A,b').pinned).toEqual(['%E0%A', 'b'])
})

test('pinned charts are in the address; when the last pin is removed, nothing is pinned, not even the default charts', () => {
  view.togglePin('a,b', ['c'])
  expect(view.chartView().pinned).toEqual(['c', 'a,b'])
  view.togglePin('c', ['c', 'a,b'])
  expect(view.chartView().pinned).toEqual(['a,b'])
  view.togglePin('a,b', ['a,b'])
  expect(view.chartView().pinned).toEqual([])
})

test('one large chart is an entry in the history, and no names show all charts again', () => {
  view.setFocus(['loss', 'a,b'])
  expect([view.chartView().focus, address.pushes()]).toEqual([['loss', 'a,b'], 1])
  view.setFocus([])
  expect(view.chartView().focus).toBeUndefined()
})

test('a pan moves the charts immediately, and changes the address once it stops', () => {
  expect(view.span.value).toEqual({ from: 100, to: 400, last: null })
  for (const from of [110, 120, 130]) view.setSpan({ from, to: from + 300, last: null })
  expect([view.span.value.from, address.pushes()]).toEqual([130, 0])
  vi.advanceTimersByTime(200)
  expect([new URL(address.href()).searchParams.get('x'), address.pushes()]).toEqual(['130~430', 1])
})

test('Back shows the span of its address', () => {
  address.visit('http://localhost/run/a?x=last50')
  expect(view.span.value).toEqual({ from: null, to: null, last: 50 })
})
