import { signal } from '@preact/signals'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { RunStore } from '../../src/web/run/run-store.ts'
import { type Address, openAddress } from './address.ts'

const kept = new Map<string, string>()
let isForbidden = false
let asks = 0
let shown: Notice[] = []
let isRefused = false
let address: Address
let focused = 0

class Notice {
  static permission = 'default'
  static async requestPermission(): Promise<string> {
    asks++
    return 'granted'
  }
  readonly title: string
  readonly options: unknown
  onclick: () => void = () => undefined
  isClosed = false
  constructor(title: string, options: unknown) {
    if (isRefused) throw new TypeError('Illegal constructor')
    this.title = title
    this.options = options
    shown.push(this)
  }
  close(): void {
    this.isClosed = true
  }
}

beforeEach(() => {
  vi.resetModules()
  kept.clear()
  shown = []
  asks = 0
  focused = 0
  isForbidden = false
  isRefused = false
  Notice.permission = 'default'
  address = openAddress('http://localhost/run/a')
  Object.assign(window, { focus: () => focused++ })
  vi.stubGlobal('Notification', Notice)
  vi.stubGlobal('localStorage', {
    getItem(key: string) {
      if (isForbidden) throw new Error('forbidden')
      return kept.get(key) ?? null
    },
    setItem(key: string, text: string) {
      if (isForbidden) throw new Error('forbidden')
      kept.set(key, text)
    },
  })
})
afterEach(() => void vi.unstubAllGlobals())

/** Loads the module as a page with this permission and stored choice does. */
async function load(permission: string, choice?: string) {
  Notice.permission = permission
  if (choice !== undefined) kept.set('hotcb-notices', choice)
  return await import('../../src/web/notices/browser-notices.ts')
}

test.each([
  ['granted', 'on', 'on'],
  ['granted', 'off', 'off'],
  ['granted', undefined, 'off'],
  ['default', 'on', 'off'],
  ['denied', 'on', 'blocked'],
] as const)('with the permission %s and the choice %s, notifications are %s', async (permission, choice, state) => {
  expect((await load(permission, choice)).noticeState.value).toBe(state)
})

test('a browser that does not support notifications has none', async () => {
  vi.stubGlobal('Notification', undefined)
  Reflect.deleteProperty(globalThis, 'Notification')
  const { noticeState } = await import('../../src/web/notices/browser-notices.ts')
  expect(noticeState.value).toBe('absent')
})

test('turning notifications on asks for the permission once, and the choice is kept', async () => {
  const { noticeState, setNotices } = await load('default')
  await setNotices(false)
  expect([asks, noticeState.value, [...kept]]).toEqual([0, 'off', [['hotcb-notices', 'off']]])
  await setNotices(true)
  expect([asks, noticeState.value, [...kept]]).toEqual([1, 'on', [['hotcb-notices', 'on']]])
  await setNotices(false)
  await setNotices(true)
  expect([asks, noticeState.value]).toEqual([1, 'on'])
})

test('without storage the choice applies until the page is closed', async () => {
  isForbidden = true
  const { noticeState, setNotices } = await load('granted')
  expect(noticeState.value).toBe('off')
  await setNotices(true)
  expect(noticeState.value).toBe('on')
})

function runOf() {
  const detail = signal<unknown>(undefined)
  const autopilot = signal<unknown>(undefined)
  const alerts = signal<unknown>(undefined)
  const parts = { detail, streams: { get: (name: string) => ({ now: { autopilot, alerts }[name] }) } }
  return { detail, autopilot, alerts, run: parts as unknown as RunStore } // The parts that notices use.
}
const rowOf = (status: string) => ({ row: { name: 'digits', status, step: 310 } })
const alertOf = (id: string, step: number | null = null) => ({
  ...{ id, title: `${id} found`, text: 'because', level: 'warning', rule: 'r', metric: null, step },
  ...{ value: null, opened: 1, seen: 1, ended: null, acknowledged: null },
})
const actionOf = (id: string) => ({ id, state: 'told', rule: 'mine', because: 'worse', command: null })
const NO_ACTIONS = { proposals: [], actions: [] }
const texts = (): readonly unknown[] => shown.splice(0).map(({ title, options }) => [title, options])

test('each new event of a run is shown once, and events from before are not', async () => {
  const { tellNews } = await load('granted', 'on')
  const { run, detail, autopilot, alerts } = runOf()
  const stop = tellNews(run)
  alerts.value = { alerts: [alertOf('old')] }
  autopilot.value = { proposals: [], actions: [actionOf('a1')] }
  detail.value = rowOf('running')
  expect(shown).toEqual([])
  detail.value = rowOf('finished')
  expect(texts()).toEqual([['digits: finished', { body: 'at step 310', tag: 'hotcb digits finished' }]])
  alerts.value = { alerts: [alertOf('new'), alertOf('old')] }
  expect(texts()).toEqual([['digits: new found', { body: 'because', tag: 'hotcb digits new' }]])
  autopilot.value = { proposals: [], actions: [actionOf('a2')] }
  expect(texts()).toEqual([['digits: alert from mine', { body: 'worse', tag: 'hotcb digits a2' }]])
  // Events that return to the list are not shown again.
  autopilot.value = { proposals: [], actions: [actionOf('a1'), actionOf('a2')] }
  alerts.value = { alerts: [] }
  alerts.value = { alerts: [alertOf('new'), alertOf('old')] }
  expect(shown).toEqual([])
  stop()
  alerts.value = { alerts: [alertOf('late')] }
  expect(shown).toEqual([])
})

test('while notifications are off, events pass unseen and are not shown later', async () => {
  const { setNotices, tellNews } = await load('granted', 'off')
  const { run, detail, autopilot, alerts } = runOf()
  const stop = tellNews(run)
  alerts.value = { alerts: [] }
  autopilot.value = NO_ACTIONS
  detail.value = rowOf('running')
  alerts.value = { alerts: [alertOf('one')] }
  await setNotices(true)
  expect(shown).toEqual([])
  alerts.value = { alerts: [alertOf('two'), alertOf('one')] }
  expect(texts()).toHaveLength(1)
  stop()
})

test('a click on a notification shows the page with the event, and closes it', async () => {
  const { tellNews } = await load('granted', 'on')
  const { run, detail, autopilot, alerts } = runOf()
  const stop = tellNews(run)
  alerts.value = { alerts: [] }
  autopilot.value = NO_ACTIONS
  detail.value = rowOf('running')
  alerts.value = { alerts: [alertOf('one', 1000)] }
  detail.value = rowOf('finished')
  const [alert, end] = shown
  expect([alert?.isClosed, address.href()]).toEqual([false, 'http://localhost/run/a'])
  alert?.onclick()
  expect([alert?.isClosed, focused, address.href(), address.pushes()]).toEqual([
    ...[true, 1, 'http://localhost/run/a?x=500%7E1125', 1],
  ])
  end?.onclick()
  expect([end?.isClosed, focused, address.pushes()]).toEqual([true, 2, 1])
  stop()
})

test('a browser that refuses to create notifications counts as one without them', async () => {
  const { noticeState, tellNews } = await load('granted', 'on')
  const { run, detail, autopilot, alerts } = runOf()
  const stop = tellNews(run)
  alerts.value = { alerts: [] }
  autopilot.value = NO_ACTIONS
  detail.value = rowOf('running')
  isRefused = true
  alerts.value = { alerts: [alertOf('one')] }
  expect([noticeState.value, shown]).toEqual(['absent', []])
  stop()
})
