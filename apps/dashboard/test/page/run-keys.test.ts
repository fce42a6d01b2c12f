import { signal } from '@preact/signals'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Address, openAddress } from './address.ts'
import { type OpenHook, openHook } from './hook.ts'
import { KeyElement, type KeyPage, openKeyPage, textField } from './page-keys.ts'

const dock = vi.hoisted(() => ({ isActivityOpen: { value: false } }))
vi.mock('../../src/web/run/dock.tsx', () => dock)
vi.mock('../../src/web/session.ts', () => ({ me: signal({ role: 'owner' }) }))
vi.mock('../../src/web/socket.ts', () => ({ connection: signal('open') }))

let page: KeyPage
let address: Address
let hook: OpenHook<unknown, void>
let hints: typeof import('../../src/web/panels/controls/use-control-hints.ts')
beforeEach(async () => {
  vi.resetModules()
  address = openAddress('http://localhost/run/a?q=loss')
  page = openKeyPage()
  dock.isActivityOpen.value = false
  hints = await import('../../src/web/panels/controls/use-control-hints.ts')
  const { useRunKeys } = await import('../../src/web/run/run-keys.ts')
  hook = await openHook(useRunKeys, undefined)
})
afterEach(() => {
  hook.close()
  vi.unstubAllGlobals()
})

const CONTROLS = '[aria-label="Controls"]'
const REVIEW = '.staged-bar .moved button'
const APPLY = '.staged-bar .primary'

test('c starts the choice of a control, in the tab of controls unless they are shown already', () => {
  expect([hints.isChoosing.value, page.press('c'), hints.isChoosing.value]).toEqual([false, ['preventDefault'], true])
  expect([address.href(), address.pushes()]).toEqual(['http://localhost/run/a?q=loss&tab=controls', 1])
})

test.each([
  [new KeyElement({ offsetParent: {} }), 0],
  [new KeyElement(), 1],
  [{ offsetParent: {} }, 1],
])('controls that are shown next to the tab stay there (%#)', (controls, pushes) => {
  page.found[CONTROLS] = controls
  page.press('c')
  expect([hints.isChoosing.value, address.pushes()]).toEqual([true, pushes])
})

test('s focuses the button that reviews changed values, otherwise the one that applies the staged changes', () => {
  expect(page.press('s')).toEqual(['preventDefault'])
  const [review, apply] = [new KeyElement(), new KeyElement()]
  page.found[APPLY] = apply
  page.press('s')
  expect(apply.seen).toEqual(['focus'])
  page.found[REVIEW] = review
  page.press('s')
  expect([apply.seen, review.seen]).toEqual([['focus'], ['focus']])
})

test('a unfolds the log of results, and folds it again', () => {
  expect([page.press('a'), dock.isActivityOpen.value]).toEqual([['preventDefault'], true])
  page.press('a')
  expect(dock.isActivityOpen.value).toBe(false)
})

test('other keys, keys in fields and keys while a dialog is open do nothing', () => {
  const keys = [page.press('x'), page.press('toString'), page.press('a', { target: textField() })]
  page.found['dialog[open]'] = new KeyElement()
  expect([...keys, page.press('a'), dock.isActivityOpen.value]).toEqual([[], [], [], [], false])
})

test.each([
  ['text', true],
  ['number', true],
  ['range', false],
  ['checkbox', false],
  ['radio', false],
  ['button', false],
  ['xrange', true],
  ['buttons', true],
])('a key in a field of the type %s is typed: %s', (type, isTyped) => {
  expect(page.press('a', { target: textField(type) })).toEqual(isTyped ? [] : ['preventDefault'])
})

test('a page that is left takes no keys', () => {
  expect(page.names()).toEqual(['keydown'])
  hook.close()
  expect(page.names()).toEqual([])
})
