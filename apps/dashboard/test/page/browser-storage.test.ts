import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openAddress } from './address.ts'

vi.mock('../../src/web/theme.ts', () => ({ isDark: { value: false } }))

const kept = new Map<string, string>()
let isForbidden = false
function storage() {
  const check = (): void => {
    if (isForbidden) throw new Error('storage is forbidden')
  }
  return {
    getItem(key: string) {
      check()
      return kept.get(key) ?? null
    },
    setItem(key: string, text: string) {
      check()
      kept.set(key, text)
    },
    removeItem(key: string) {
      check()
      kept.delete(key)
    },
  }
}

beforeEach(() => {
  vi.resetModules()
  kept.clear()
  isForbidden = false
  vi.stubGlobal('localStorage', storage())
  vi.stubGlobal('sessionStorage', storage())
})
afterEach(() => void vi.unstubAllGlobals())

test('the charts of a run are kept in this browser, and restored unless the link has others', async () => {
  let address = openAddress('http://localhost/run/a%2Fb?charts=x&pin=y&q=z')
  let page = await import('../../src/web/panels/charts/kept-layout.ts')
  kept.set('hotcb-charts', JSON.stringify({ 'a/b': 'looks=old', other: 'pin=1', bad: 3 }))
  page.keepLayout()
  expect([...kept]).toEqual([['hotcb-charts', '{"a/b":"charts=x&pin=y","other":"pin=1"}']])
  page.restoreLayout()
  expect(address.href()).toBe('http://localhost/run/a%2Fb?charts=x&pin=y&q=z')
  vi.resetModules()
  address = openAddress('http://localhost/run/a%2Fb?q=z')
  page = await import('../../src/web/panels/charts/kept-layout.ts')
  page.restoreLayout()
  expect([address.href(), address.pushes()]).toEqual(['http://localhost/run/a%2Fb?q=z&charts=x&pin=y', 0])
})

test('a run without custom charts is forgotten, and a run without stored charts is shown unchanged', async () => {
  const address = openAddress('http://localhost/run/a?q=z')
  const { keepLayout, restoreLayout } = await import('../../src/web/panels/charts/kept-layout.ts')
  kept.set('hotcb-charts', '{"b":"moves=m","a":"pin=1"}')
  keepLayout()
  expect(kept.get('hotcb-charts')).toBe('{"b":"moves=m"}')
  restoreLayout()
  expect(address.href()).toBe('http://localhost/run/a?q=z')
})

test('the charts of the hundred newest runs are kept', async () => {
  openAddress('http://localhost/run/new?looks=l&moves=m')
  const { keepLayout } = await import('../../src/web/panels/charts/kept-layout.ts')
  kept.set(
    'hotcb-charts',
    JSON.stringify(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`r${i}`, 'pin=1']))),
  )
  keepLayout()
  const ids = Object.keys(JSON.parse(kept.get('hotcb-charts') ?? ''))
  expect([ids.length, ids[0], ids.at(-1)]).toEqual([100, 'new', 'r98'])
})

test.each(['{', '[]', '"x"', 'null'])('kept charts that are %s are replaced', async (text) => {
  const address = openAddress('http://localhost/run/a')
  const page = await import('../../src/web/panels/charts/kept-layout.ts')
  kept.set('hotcb-charts', text)
  page.restoreLayout()
  expect(address.href()).toBe('http://localhost/run/a')
  page.keepLayout()
  expect(kept.get('hotcb-charts')).toBe('{}')
})

test('other pages keep and restore no charts, and neither does a browser without storage', async () => {
  const address = openAddress('http://localhost/?pin=1')
  let page = await import('../../src/web/panels/charts/kept-layout.ts')
  page.keepLayout()
  page.restoreLayout()
  expect([kept.size, address.href()]).toEqual([0, 'http://localhost/?pin=1'])
  vi.resetModules()
  openAddress('http://localhost/run/a?pin=1')
  page = await import('../../src/web/panels/charts/kept-layout.ts')
  isForbidden = true
  page.keepLayout()
  page.restoreLayout()
  expect(kept.size).toBe(0)
})

test('a text of a tab is kept until it is removed, and is missing without storage', async () => {
  const { sessionText } = await import('../../src/web/run/session-text.ts')
  const text = sessionText('key')
  expect(text.read()).toBeNull()
  text.write('one')
  expect([text.read(), [...kept]]).toEqual(['one', [['key', 'one']]])
  isForbidden = true
  text.write('two')
  text.write(null)
  expect(text.read()).toBeNull()
  isForbidden = false
  expect(text.read()).toBe('one')
  text.write(null)
  expect(kept.size).toBe(0)
})

test('a run keeps its look after a reload, and invalid looks are ignored', async () => {
  kept.set('hotcb-colors', JSON.stringify({ a: 13, b: 47, c: 48, d: -1, e: 1.5, f: 'x', g: 0 }))
  const { linkedLooks, runLook, drawnLook } = await import('../../src/web/runs/run-color.ts')
  const { plainLook } = await import('../../src/web/runs/run-looks.ts')
  expect(['a', 'b', 'g'].map((id) => runLook(id))).toEqual([13, 47, 0].map(drawnLook))
  expect(['c', 'd', 'e', 'f'].map((id) => runLook(id))).toEqual(
    ['c', 'd', 'e', 'f'].map((id) => drawnLook(plainLook(id))),
  )
  expect(linkedLooks(['a'])).toBe('1')
  expect(linkedLooks(['z'])).toBeNull()
})

test('a look is a color of the theme with a line style', async () => {
  const { drawnLook } = await import('../../src/web/runs/run-color.ts')
  const { DARK_COLORS, LIGHT_COLORS } = await import('../../src/web/runs/run-palette.ts')
  const { isDark } = await import('../../src/web/theme.ts')
  expect([drawnLook(0), drawnLook(13), drawnLook(47), drawnLook(48)]).toEqual([
    { color: LIGHT_COLORS[0], dash: [] },
    { color: LIGHT_COLORS[1], dash: [6, 3] },
    { color: LIGHT_COLORS[11], dash: [9, 3, 2, 3] },
    { color: LIGHT_COLORS[0], dash: [] },
  ])
  isDark.value = true
  expect(drawnLook(13)).toEqual({ color: DARK_COLORS[1], dash: [6, 3] })
  isDark.value = false
})

test('runs that are shown together get different looks, and those that had one keep it', async () => {
  const { showTogether, keepLooks, runLook, drawnLook } = await import('../../src/web/runs/run-color.ts')
  const { plainLook } = await import('../../src/web/runs/run-looks.ts')
  const taken = plainLook('new')
  keepLooks(new Map([['old', taken]]))
  expect(kept.get('hotcb-colors')).toBe(`{"old":${taken}}`)
  showTogether(['new', 'old'])
  const next = (taken + 1) % 12
  expect([runLook('old'), runLook('new')]).toEqual([drawnLook(taken), drawnLook(next)])
  expect(kept.get('hotcb-colors')).toBe(`{"old":${taken},"new":${next}}`)
  kept.clear()
  // Looks that are kept already are not written again.
  keepLooks(new Map([['new', next]]))
  expect(kept.size).toBe(0)
  keepLooks(new Map([['old', 5]]))
  expect(kept.get('hotcb-colors')).toBe(`{"new":${next},"old":5}`)
  keepLooks(new Map(Array.from({ length: 400 }, (_, i) => [`r${i}`, 1] as const)))
  expect(Object.keys(JSON.parse(kept.get('hotcb-colors') ?? '')).length).toBe(400)
  isForbidden = true
  keepLooks(new Map([['late', 7]]))
  expect(runLook('late')).toEqual(drawnLook(7))
})

test.each(['{', '[]', '3'])('kept looks that are %s are ignored', async (text) => {
  kept.set('hotcb-colors', text)
  const { runLook, drawnLook } = await import('../../src/web/runs/run-color.ts')
  const { plainLook } = await import('../../src/web/runs/run-looks.ts')
  expect(runLook('0')).toEqual(drawnLook(plainLook('0')))
})
