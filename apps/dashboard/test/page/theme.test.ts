import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createListeners } from './element.ts'

const system = { ...createListeners(), matches: false }
let kept: Record<string, string>
let isForbidden: boolean
let root: { dataset: Record<string, string> }
const asked: string[] = []

beforeEach(() => {
  vi.resetModules()
  kept = {}
  isForbidden = false
  root = { dataset: {} }
  system.matches = false
  vi.stubGlobal('matchMedia', (query: string) => {
    asked.push(query)
    return system
  })
  vi.stubGlobal('document', { documentElement: root })
  vi.stubGlobal('localStorage', {
    getItem(key: string) {
      if (isForbidden) throw new Error('forbidden')
      return kept[key] ?? null
    },
    setItem(key: string, text: string) {
      if (isForbidden) throw new Error('forbidden')
      kept[key] = text
    },
  })
})
afterEach(() => void vi.unstubAllGlobals())

const load = () => import('../../src/web/theme.ts')

test.each([
  [undefined, false, 'auto', 'light'],
  [undefined, true, 'auto', 'dark'],
  ['auto', true, 'auto', 'dark'],
  ['pink', false, 'auto', 'light'],
  ['light', true, 'light', 'light'],
  ['dark', false, 'dark', 'dark'],
] as const)('with the stored choice %s, on a system that is dark: %s, the theme is %s, drawn %s', async (...row) => {
  const [choice, isSystemDark, chosen, shown] = row
  if (choice !== undefined) kept['hotcb-theme'] = choice
  system.matches = isSystemDark
  const { theme, isDark } = await load()
  expect([theme.value, isDark.value, root.dataset, asked.at(-1)]).toEqual([
    ...[chosen, shown === 'dark', { theme: shown }, '(prefers-color-scheme: dark)'],
  ])
})

test('a choice is shown and stored, and an automatic theme follows the system', async () => {
  const { theme, isDark, setTheme } = await load()
  const state = (): unknown => [theme.value, isDark.value, root.dataset['theme'], kept['hotcb-theme']]
  setTheme('dark')
  expect(state()).toEqual(['dark', true, 'dark', 'dark'])
  setTheme('auto')
  expect(state()).toEqual(['auto', false, 'light', 'auto'])
  system.matches = true
  system.fire('change')
  expect(state()).toEqual(['auto', true, 'dark', 'auto'])
  setTheme('light')
  system.fire('change')
  expect(state()).toEqual(['light', false, 'light', 'light'])
})

test('a browser that forbids storage has an automatic theme, and can still change it', async () => {
  isForbidden = true
  const { theme, isDark, setTheme } = await load()
  expect(theme.value).toBe('auto')
  setTheme('dark')
  expect([theme.value, isDark.value, kept]).toEqual(['dark', true, {}])
})

test('a colour is read from the style of the page, without the spaces around it', async () => {
  const { cssColor } = await load()
  vi.stubGlobal('getComputedStyle', (element: unknown) => ({
    getPropertyValue: (name: string) => (element === root ? ` value of ${name} ` : ''),
  }))
  expect(cssColor('--grid')).toBe('value of --grid')
})
