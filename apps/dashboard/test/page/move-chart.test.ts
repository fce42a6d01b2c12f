import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { moveByOne, startMove } from '../../src/web/panels/charts/move-chart.ts'
import { createListeners } from './element.ts'

const view = vi.hoisted(() => ({ changes: [] as unknown[] }))
vi.mock('../../src/web/panels/charts/view.ts', () => ({
  chartLayout: () => ({ own: [], looks: [], moves: [] }),
  setLayout: ({ moves }: { moves: unknown }) => view.changes.push(moves),
  setPins: (pins: unknown) => view.changes.push(pins),
}))

beforeEach(() => {
  view.changes.length = 0
})
afterEach(() => {
  vi.unstubAllGlobals()
})

interface Place {
  readonly dataset: Readonly<Record<string, string>>
  readonly attributes: Map<string, string>
  parentElement: unknown
}

/** Charts next to each other, each 100 pixels wide and 50 high, or below each other. */
function gridOf(titles: readonly string[], group = 'train', isOneColumn = false) {
  const places: Place[] = []
  const parent = { querySelectorAll: (selector: string) => (selector === ':scope > .chart-place' ? places : []) }
  for (const [at, title] of titles.entries()) {
    const attributes = new Map<string, string>()
    const [left, top] = isOneColumn ? [0, at * 50] : [at * 100, 0]
    const place = {
      ...{ dataset: { title, group }, attributes, parentElement: parent },
      setAttribute: (name: string, value: string) => void attributes.set(name, value),
      removeAttribute: (name: string) => void attributes.delete(name),
      toggleAttribute: (name: string, isOn: boolean) => void (isOn && attributes.set(name, '')),
      getBoundingClientRect: () => ({ left, top, width: 100, height: 50 }),
      closest: (selector: string) => (selector === '.chart-place' ? place : null),
    }
    places.push(place)
  }
  return places
}

/** Starts to drag a chart; returns the handle, and a function that moves the pointer over a place. */
function dragOf(place: Place | null, event: object = {}) {
  const handle = { ...createListeners(), closest: () => place, captured: [] as number[] }
  const currentTarget = { ...handle, setPointerCapture: (id: number) => void handle.captured.push(id) }
  let prevented = 0
  startMove({ button: 0, pointerId: 7, currentTarget, preventDefault: () => prevented++, ...event } as never)
  const over = (under: Place | null, clientX: number, clientY = 10): void => {
    vi.stubGlobal('document', { elementFromPoint: () => under && { closest: () => under } })
    handle.fire('pointermove', { clientX, clientY })
  }
  return { handle, over, prevented }
}

const drops = (places: readonly Place[]): readonly string[] =>
  places.map(({ attributes }) => [...attributes].map(([name, value]) => `${name}=${value}`).join(' '))

test('a chart that is dragged to another one moves before it, or after it if it is dropped on the right half', () => {
  const places = gridOf(['a', 'b', 'c'])
  const [a = null, b = null, c = null] = places
  const { handle, over, prevented } = dragOf(a)
  expect([prevented, handle.captured, handle.names()]).toEqual([1, [7], ['pointercancel', 'pointermove', 'pointerup']])
  over(c, 250)
  expect(drops(places)).toEqual(['data-moved=', '', 'data-drop=before'])
  over(c, 251)
  expect(drops(places)).toEqual(['data-moved=', '', 'data-drop=behind'])
  over(b, 151)
  expect(drops(places)).toEqual(['data-moved=', 'data-drop=behind', ''])
  handle.fire('pointerup')
  expect([view.changes, drops(places), handle.names()]).toEqual([[[{ title: 'a', before: 'c' }]], ['', '', ''], []])
  const again = dragOf(a)
  again.over(c, 299)
  again.handle.fire('pointerup')
  expect(view.changes.at(-1)).toEqual([{ title: 'a', before: null }])
  const back = dragOf(c)
  back.over(a, 10)
  back.handle.fire('pointerup')
  expect(view.changes.at(-1)).toEqual([{ title: 'c', before: 'a' }])
})

test('in one column, a chart that is dropped on the lower half of another one moves after it', () => {
  const places = gridOf(['a', 'b', 'c'], 'train', true)
  const [a = null, b = null] = places
  const { over } = dragOf(a)
  over(b, 99, 75)
  expect(drops(places)[1]).toBe('data-drop=before')
  over(b, 0, 76)
  expect(drops(places)[1]).toBe('data-drop=behind')
})

test('a drag that ends elsewhere, or is cancelled, changes nothing', () => {
  const [a = null, b = null] = gridOf(['a', 'b'])
  const [other = null] = gridOf(['x'])
  for (const under of [a, other, null]) {
    const { handle, over } = dragOf(a)
    over(b, 110)
    over(under, 10)
    handle.fire('pointerup')
  }
  const { handle, over } = dragOf(a)
  over(b, 190)
  handle.fire('pointercancel')
  dragOf(a).handle.fire('pointerup')
  const [next] = [dragOf(a)]
  next.over(b, 110)
  next.handle.fire('pointerup')
  // The last one drops it before the chart that follows it anyway.
  expect(view.changes).toEqual([[{ title: 'a', before: 'b' }]])
  expect(dragOf(null).handle.names()).toEqual([])
  expect([dragOf(a, { button: 2 }).handle.names(), dragOf(a, { button: 2 }).prevented]).toEqual([[], 0])
})

test('a chart moves by one place, and not beyond the ends', () => {
  const places = gridOf(['a', 'b', 'c'])
  const move = (at: number, by: 1 | -1): unknown => {
    view.changes.length = 0
    moveByOne(places[at] as never, by)
    return view.changes[0]
  }
  expect([move(0, -1), move(2, 1)]).toEqual([undefined, undefined])
  expect([move(0, 1), move(1, 1), move(1, -1), move(2, -1)]).toEqual([
    [{ title: 'a', before: 'c' }],
    [{ title: 'b', before: null }],
    [{ title: 'b', before: 'a' }],
    [{ title: 'c', before: 'b' }],
  ])
  moveByOne({ closest: () => null } as never, 1)
  expect(view.changes).toHaveLength(1)
})

test('a pinned chart changes the order of the pins', () => {
  const places = gridOf(['a', 'b', 'c'], 'pinned')
  moveByOne(places[0] as never, 1)
  moveByOne(places[1] as never, 1)
  moveByOne(places[2] as never, -1)
  expect(view.changes).toEqual([
    ['b', 'a', 'c'],
    ['a', 'c', 'b'],
    ['a', 'c', 'b'],
  ])
})
