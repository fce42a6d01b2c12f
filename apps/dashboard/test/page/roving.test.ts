import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { useRoving } from '../../src/web/parts/use-roving.ts'
import { createListeners, type Listeners } from './element.ts'
import { openHook } from './hook.ts'
import { KeyElement } from './page-keys.ts'

let changed: () => void
const watched: unknown[] = []
let group: Listeners & { items: KeyElement[] }

beforeEach(() => {
  watched.length = 0
  vi.stubGlobal(
    'MutationObserver',
    class {
      constructor(call: () => void) {
        changed = call
      }
      observe = (element: unknown, options: unknown): void => void watched.push(element, options)
      disconnect = (): void => void watched.push('end')
    },
  )
  group = { ...createListeners(), items: [new KeyElement(), new KeyElement(), new KeyElement()] }
})
afterEach(() => void vi.unstubAllGlobals())

const open = () => {
  const element = {
    ...group,
    querySelectorAll: (selector: string) => (selector === 'button' ? group.items : []),
  }
  // The parts of an element that the hook uses.
  const ref = { current: element as unknown as HTMLElement | null }
  return openHook((selector: string) => useRoving(ref, selector), 'button')
}
const stops = (): readonly number[] => group.items.map(({ tabIndex }) => tabIndex)
const focused = (): readonly number[] => group.items.map(({ seen }) => seen.length)

/** Presses a key on a button; returns the methods of the event that were called. */
function press(key: string, at: number, more: object = {}): readonly string[] {
  const none = { altKey: false, ctrlKey: false, metaKey: false }
  return group.fire('keydown', { key, target: group.items[at], ...none, ...more })
}
const TAKEN = ['preventDefault', 'stopPropagation']

test('a group of buttons is one tab stop: at first its first button, even if others arrive', async () => {
  const hook = await open()
  expect([stops(), watched[1]]).toEqual([[0, -1, -1], { childList: true, subtree: true }])
  group.items = [group.items[0] ?? new KeyElement(), new KeyElement(), new KeyElement()]
  changed()
  expect(stops()).toEqual([0, -1, -1])
  group.items = []
  changed()
  hook.close()
  expect([group.names(), watched.at(-1)]).toEqual([[], 'end'])
})

test.each([
  ['ArrowRight', 0, 1],
  ['ArrowDown', 1, 2],
  ['ArrowLeft', 2, 1],
  ['ArrowUp', 1, 0],
  ['Home', 2, 0],
  ['End', 0, 2],
] as const)('%s moves from button %d to button %d', async (key, from, to) => {
  const hook = await open()
  expect(press(key, from)).toEqual(TAKEN)
  expect([stops(), focused()]).toEqual([
    [0, 1, 2].map((at) => (at === to ? 0 : -1)),
    [0, 1, 2].map((at) => (at === to ? 1 : 0)),
  ])
  changed()
  expect(stops()[to]).toBe(0)
  hook.close()
})

test('other keys, keys with a modifier, keys beyond the ends and keys elsewhere do nothing', async () => {
  const hook = await open()
  const modified = ['altKey', 'ctrlKey', 'metaKey'].map((name) => press('ArrowRight', 0, { [name]: true }))
  expect(modified).toEqual([[], [], []])
  expect([press('ArrowLeft', 0), press('ArrowUp', 0), press('ArrowRight', 2), press('ArrowDown', 2)]).toEqual([
    ...[[], [], [], []],
  ])
  expect([press('Enter', 1), press('Home', 9), press('ArrowRight', 9), press('ArrowLeft', 9)]).toEqual([
    ...[[], [], [], []],
  ])
  expect([stops(), focused()]).toEqual([
    [0, -1, -1],
    [0, 0, 0],
  ])
  hook.close()
})

test('a button that gets the focus in another way becomes the tab stop', async () => {
  const hook = await open()
  group.fire('focusin', { target: group.items[2] })
  expect(stops()).toEqual([-1, -1, 0])
  group.fire('focusin', { target: group.items[1] })
  expect([stops(), group.items.map(({ dataset }) => dataset)]).toEqual([
    [-1, 0, -1],
    [{}, { stop: 'true' }, {}],
  ])
  group.fire('focusin', { target: group.items[1] })
  group.fire('focusin', { target: new KeyElement({ tabIndex: -1 }) })
  expect([stops(), focused()]).toEqual([
    [-1, 0, -1],
    [0, 0, 0],
  ])
  hook.close()
})

test('a group that appears later gets its tab stop then, and another selector chooses other buttons', async () => {
  const ref: { current: HTMLElement | null } = { current: null }
  const other = [new KeyElement(), new KeyElement()]
  const element = {
    ...createListeners(),
    querySelectorAll: (selector: string) => (selector === 'a' ? other : group.items),
  }
  const hook = await openHook((selector: string) => useRoving(ref, selector), 'button')
  expect(watched).toEqual([])
  ref.current = element as unknown as HTMLElement
  await hook.change('button')
  expect([stops(), element.names()]).toEqual([
    [0, -1, -1],
    ['focusin', 'keydown'],
  ])
  await hook.change('a')
  expect(other.map(({ tabIndex }) => tabIndex)).toEqual([0, -1])
  expect(element.names()).toEqual(['focusin', 'keydown'])
  hook.close()
})
