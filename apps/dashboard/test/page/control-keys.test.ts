import type { ControlDescription } from '@hotcb/protocol'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { hintsFor, keyOfHint } from '../../src/web/panels/controls/control-hints.ts'
import { moveAmongControls } from '../../src/web/panels/controls/move-among-controls.ts'
import { isChoosing, useControlHints } from '../../src/web/panels/controls/use-control-hints.ts'
import { useFocusKey } from '../../src/web/parts/focus-key.ts'
import { focusControl } from '../../src/web/staged/focus-control.ts'
import { openHook } from './hook.ts'
import { KeyElement, type KeyPage, openKeyPage, textField } from './page-keys.ts'

let page: KeyPage
beforeEach(() => {
  page = openKeyPage()
  isChoosing.value = false
})
afterEach(() => void vi.unstubAllGlobals())

const FIELDS = 'input:not([type="range"]):not(:disabled), select:not(:disabled)'
const BUTTONS = 'button:not(:disabled, .ramp)'
const FOCUSED = ['focus', { block: 'nearest' }]

/** Puts the field of a control on the page. */
function addControl(key: string): KeyElement {
  const field = textField()
  page.found[`[data-control="${key}"]`] = new KeyElement({ inside: { [FIELDS]: field } })
  return field
}

test('the first controls have letters, and then digits', () => {
  const keys = Array.from({ length: 40 }, (_, at) => `k${at}`)
  const hints = hintsFor(keys)
  expect([...hints.values()].join('')).toBe('asdfghjklqwertyuiopzxvbnm1234567890')
  expect([hints.get('k0'), hints.get('k34'), hints.get('k35')]).toEqual(['a', '0', undefined])
  expect([keyOfHint(hints, 's'), keyOfHint(hints, 'S'), keyOfHint(hints, '?')]).toEqual(['k1', 'k1', undefined])
})

test('the field of a control gets the focus, otherwise its button, otherwise the log of results', () => {
  const field = addControl('a\\/b')
  const button = new KeyElement()
  page.found['[data-control="c"]'] = new KeyElement({ inside: { [BUTTONS]: button } })
  const log = new KeyElement()
  page.found['#activity-button'] = log
  focusControl('ramps.a/b')
  expect([field.seen, button.seen, log.seen]).toEqual([FOCUSED, [], []])
  focusControl('c')
  expect([field.seen, button.seen, log.seen]).toEqual([FOCUSED, FOCUSED, []])
  focusControl('gone')
  expect(log.seen).toEqual(FOCUSED)
  page.found = {}
  focusControl('gone')
})

test('arrow keys move between the fields of controls, but not beyond the first and the last', () => {
  const rows = ['a', 'b', 'c'].map((control) => new KeyElement({ dataset: { control } }))
  page.found['[data-control]'] = rows
  const fields = ['a', 'b', 'c'].map(addControl)
  const press = (key: string, target: unknown): unknown => {
    let isPrevented = false
    const preventDefault = (): void => {
      isPrevented = true
    }
    // The event has the fields that are read.
    return [moveAmongControls({ key, target, preventDefault } as unknown as KeyboardEvent), isPrevented]
  }
  const inRow = (at: number): KeyElement => new KeyElement({ around: rows[at] ?? null })
  expect([press('ArrowDown', inRow(0)), press('ArrowUp', inRow(2))]).toEqual([
    [true, true],
    [true, true],
  ])
  expect(fields.map(({ seen }) => seen.length)).toEqual([0, 4, 0])
  expect(press('ArrowDown', inRow(1))).toEqual([true, true])
  expect(press('ArrowUp', inRow(1))).toEqual([true, true])
  expect(fields.map(({ seen }) => seen.length)).toEqual([2, 4, 2])
  const others = [
    press('ArrowUp', inRow(0)),
    press('ArrowDown', inRow(2)),
    press('Enter', inRow(0)),
    press('ArrowDown', {}),
    press('ArrowDown', new KeyElement()),
    press('ArrowDown', new KeyElement({ around: new KeyElement() })),
  ]
  expect(others).toEqual(others.map(() => [false, false]))
  expect(fields.map(({ seen }) => seen.length)).toEqual([2, 4, 2])
})

test('a key focuses a field, unless it is typed into another one', async () => {
  const field = new KeyElement()
  // A ref to the field.
  const ref = { current: field as unknown as HTMLElement }
  const hook = await openHook((key: string) => useFocusKey(key, ref), '/')
  expect([page.press('/'), field.seen]).toEqual([['preventDefault'], ['focus']])
  expect([page.press('x'), page.press('/', { target: textField() }), page.press('/', { ctrlKey: true })]).toEqual([
    [],
    [],
    [],
  ])
  await hook.change('x')
  expect([page.press('/'), page.press('x'), field.seen.length]).toEqual([[], ['preventDefault'], 2])
  hook.close()
  expect(page.names()).toEqual([])
})

// These fields are read.
const control = (param_key: string, state = 'ready'): ControlDescription => ({ param_key, state }) as never
const CONTROLS = [control('off', 'disabled'), control('lr'), control('wd')]

test('while a control is chosen, each one that is not disabled has a letter', async () => {
  const hook = await openHook(useControlHints, CONTROLS)
  expect([[...hook.result()], page.names()]).toEqual([[], []])
  await hook.act(() => (isChoosing.value = true))
  expect([[...hook.result()], page.names()]).toEqual([
    [
      ['lr', 'a'],
      ['wd', 's'],
    ],
    ['keydown', 'pointerdown'],
  ])
  await hook.act(() => page.fire('pointerdown'))
  expect([[...hook.result()], page.names()]).toEqual([[], []])
  hook.close()
})

test.each([
  ['s', 'wd'],
  ['S', 'wd'],
  ['a', 'lr'],
  ['c', 'lr'],
  ['Enter', 'lr'],
  ['x', undefined],
] as const)('the next key (%s) chooses its control', async (key, chosen) => {
  const fields = { lr: addControl('lr'), wd: addControl('wd'), off: addControl('off') }
  isChoosing.value = true
  const hook = await openHook(useControlHints, CONTROLS)
  let called: readonly string[] = []
  await hook.act(() => (called = page.press(key)))
  const focused = Object.entries(fields).flatMap(([name, { seen }]) => (seen.length > 0 ? [name] : []))
  expect(focused).toEqual(chosen === undefined ? [] : [chosen])
  expect(called).toEqual(chosen === undefined ? [] : ['preventDefault', 'stopImmediatePropagation'])
  expect([isChoosing.value, page.names()]).toEqual([false, []])
  hook.close()
})

test('modifier keys do not end the choice, and a key that is typed into a field does', async () => {
  const field = addControl('lr')
  isChoosing.value = true
  const hook = await openHook(useControlHints, CONTROLS)
  for (const key of ['Shift', 'Control', 'Alt', 'Meta']) expect(page.press(key)).toEqual([])
  expect(isChoosing.value).toBe(true)
  await hook.act(() => page.press('a', { target: textField() }))
  expect([isChoosing.value, field.seen]).toEqual([false, []])
  hook.close()
})

test('controls that arrive during the choice get letters, and their keys work', async () => {
  const field = addControl('new')
  isChoosing.value = true
  const hook = await openHook(useControlHints, CONTROLS)
  await hook.change([control('new'), ...CONTROLS])
  expect([...hook.result()].map(([key]) => key)).toEqual(['new', 'lr', 'wd'])
  await hook.act(() => page.press('a'))
  expect(field.seen).toEqual(FOCUSED)
  hook.close()
})

test('without a control, no key is chosen', async () => {
  isChoosing.value = true
  const hook = await openHook(useControlHints, [])
  await hook.act(() => expect(page.press('Enter')).toEqual([]))
  expect(isChoosing.value).toBe(false)
  hook.close()
})
