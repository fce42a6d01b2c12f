import { signal } from '@preact/signals'
import { beforeEach, expect, test, vi } from 'vitest'
import { PANELS } from '../../src/web/panels/index.ts'
import { placePanels } from '../../src/web/panels/placed.ts'
import { shownRamp } from '../../src/web/panels/ramp/open-ramp.ts'
import type { RunStore } from '../../src/web/run/run-store.ts'
import { me } from '../../src/web/session.ts'

vi.mock('../../src/web/base.ts', () => ({ pagePath: (path: string) => `/${path}` }))
// Their contents need a document.
vi.mock('../../src/web/panels/callbacks/callbacks-panel.tsx', () => ({ CallbacksPanel: () => null }))
vi.mock('../../src/web/panels/change/change-dialog.tsx', () => ({ ChangeDialog: () => null }))
vi.mock('../../src/web/panels/charts/charts-panel.tsx', () => ({ ChartsPanel: () => null }))
vi.mock('../../src/web/panels/controls/controls-panel.tsx', () => ({ ControlsPanel: () => null }))
vi.mock('../../src/web/panels/ledger/ledger-panel.tsx', () => ({ LedgerPanel: () => null }))
vi.mock('../../src/web/panels/log/log-panel.tsx', () => ({ LogPanel: () => null }))
vi.mock('../../src/web/panels/summary/summary-panel.tsx', () => ({ SummaryPanel: () => null }))
vi.mock('../../src/web/panels/system/system-panel.tsx', () => ({ SystemPanel: () => null }))

let streams: Record<string, unknown>
let detail: ReturnType<typeof signal<unknown>>
/** A run with the parts that its panels read. */
const run = (): RunStore => ({ detail, streams: { get: (name: string) => streams[name] } }) as unknown as RunStore
const now = (value: unknown) => ({ now: signal(value) })

beforeEach(() => {
  detail = signal<unknown>(undefined)
  streams = {
    ...{ ledger: { markers: signal<unknown>([]), view: signal<unknown>(undefined) } },
    ...{ tuner: now(undefined), autopilot: now(undefined), alerts: now(undefined) },
  }
  me.value = { ...me.value, has_launcher: false }
  shownRamp.value = undefined
})

const names = (panels: readonly { readonly name: string }[]): string => panels.map(({ name }) => name).join(' ')
/** The panels that a run has in addition. */
function added(): string {
  const { tabs, dialogs } = placePanels(run(), null)
  return names([...tabs, ...dialogs].filter(({ name }) => !ALWAYS.includes(name)))
}
const TABS = 'charts controls ledger recipe autopilot callbacks checkpoints system log notifications trajectory summary'
const ALWAYS = [...TABS.split(' '), 'change']

test('a run without any description has these tabs and dialogs', () => {
  const { tabs, current, side, dialogs } = placePanels(run(), null)
  expect([names(tabs), current.name, names(side), names(dialogs)]).toEqual([TABS, 'charts', 'controls', 'change'])
})

test('the tab in a link is open; charts are open if it does not exist, does not apply or is a dialog', () => {
  const open = ['log', 'none', 'media', 'change', 'controls'].map((name) => placePanels(run(), name).current.name)
  expect(open).toEqual(['log', 'charts', 'charts', 'charts', 'controls'])
})

test('controls are shown next to charts, the ledger and the system, but not next to other tabs', () => {
  const with_ = TABS.split(' ').filter((name) => placePanels(run(), name).side.length > 0)
  expect(with_).toEqual(['charts', 'ledger', 'system'])
})

test('media, output, the launcher and the dialog of a ramp are only shown if there are some', () => {
  detail.value = { has_media: false, has_output: false }
  expect(added()).toBe('')
  detail.value = { has_media: true, has_output: false }
  expect(added()).toBe('media')
  detail.value = { has_media: false, has_output: true }
  expect(added()).toBe('output')
  me.value = { ...me.value, has_launcher: true }
  expect(added()).toBe('output launcher')
  shownRamp.value = 'lr'
  expect(added()).toBe('output launcher ramp')
})

test('a run has a tuner if its trainer has one, or if one has changed something', () => {
  detail.value = { state: null }
  expect(added()).toBe('')
  detail.value = { state: { modules: {} } }
  expect(added()).toBe('')
  detail.value = { state: { modules: { tune: {} } } }
  expect(added()).toBe('tune')
  detail.value = undefined
  const has = (markers: unknown): string => {
    streams['ledger'] = { markers: signal(markers), view: signal(undefined) }
    return added()
  }
  expect(has([{ module: 'opt', source: 'cli' }])).toBe('')
  expect(
    has([
      { module: 'opt', source: 'cli' },
      { module: 'tune', source: 'cli' },
    ]),
  ).toBe('tune')
  expect(has([{ module: 'opt', source: 'tune' }])).toBe('tune')
})

test('tabs count the lines of the ledger, open proposals, suggestions of the tuner and alerts', () => {
  const counts = (): unknown => {
    const all = PANELS.flatMap(({ name, count }) => (count === undefined ? [] : [[name, count(run())] as const]))
    return Object.fromEntries(all)
  }
  expect(counts()).toEqual({ ledger: 0, autopilot: 0, tune: 0, notifications: 0 })
  streams = {
    ledger: { markers: signal([]), view: signal({ total: 7 }) },
    autopilot: now({ open: 2 }),
    tuner: now({ mutations: [{ state: 'suggested' }, { state: 'applied' }, { state: 'suggested' }] }),
    alerts: now({ alerts: [{ acknowledged: null }, { acknowledged: 'ada' }] }),
  }
  expect(counts()).toEqual({ ledger: 7, autopilot: 2, tune: 2, notifications: 1 })
})

test('each panel has its title, and lists the streams that its content reads', () => {
  const rows = PANELS.map(({ name, title, placement, streams: read }) => [name, title, placement, read.join(' ')])
  expect(rows).toEqual([
    ['charts', 'Charts', 'tab', 'state ledger metrics'],
    ['controls', 'Controls', 'side', 'state ledger'],
    ['ledger', 'Ledger', 'tab', 'state ledger metrics'],
    ['recipe', 'Recipe', 'tab', 'state'],
    ['autopilot', 'Autopilot', 'tab', 'state ledger metrics autopilot'],
    ['tune', 'Tuner', 'tab', 'state ledger metrics tuner'],
    ['callbacks', 'Callbacks', 'tab', 'state'],
    ['checkpoints', 'Checkpoints', 'tab', 'state'],
    ['system', 'System', 'tab', 'state ledger metrics'],
    ['media', 'Media', 'tab', 'state'],
    ['log', 'Log', 'tab', 'log'],
    ['output', 'Output', 'tab', 'state'],
    ['launcher', 'Launcher', 'tab', 'state'],
    ['notifications', 'Alerts', 'tab', 'state autopilot alerts'],
    ['trajectory', 'Path', 'tab', 'state metrics ledger'],
    ['summary', 'Summary', 'tab', 'state metrics'],
    ['change', 'Change', 'dialog', 'state ledger metrics'],
    ['ramp', 'Ramp', 'dialog', 'state'],
  ])
})
