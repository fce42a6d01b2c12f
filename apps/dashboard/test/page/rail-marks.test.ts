import { BUILT_IN_TABLE } from '@hotcb/protocol'
import { signal } from '@preact/signals'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { MarkChoice, RailMark } from '../../src/web/changes/rail-mark.ts'
import { useAhead } from '../../src/web/changes/use-ahead.ts'
import { useRailMarks } from '../../src/web/changes/use-rail-marks.ts'
import { onRunPage, openHook } from './hook.ts'
import { openWaitingServer } from './waiting-server.ts'

vi.mock('../../src/web/base.ts', () => ({ pagePath: (path: string) => `/${path}` }))
vi.mock('../../src/web/session.ts', () => ({ me: signal({ role: 'owner' }) }))
vi.mock('../../src/web/socket.ts', () => ({ connection: signal('open') }))

let server: ReturnType<typeof openWaitingServer>
beforeEach(() => {
  vi.useFakeTimers()
  server = openWaitingServer()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const marker = (seq: number, more: object = {}): object => ({
  ...{ seq, step: seq * 10, module: 'opt', op: 'set_params', id: 'main', source: 'dashboard', author: null },
  ...{ params: { lr: 0.2 }, old: { lr: 0.1 }, reverts: null, decision: 'applied', note: null, wall_time: 0, ...more },
})
const SAVE = marker(3, { module: 'core', op: 'checkpoint', source: 'trainer', params: { tag: 'step-30' } })
const QUEUED = { cid: 'q', held: true, command: { source: 'recipe' }, at: { step: 90, event: null } }
const RAMP = { type: 'linear', steps: 50, start: 0, end: 0.5, first_step: 10 }

interface Seen {
  readonly status?: string
  readonly held?: readonly object[]
  readonly controls?: readonly object[]
  readonly step?: number | null
}
const seen = ({ status = 'running', held = [], controls = [], step = 40 }: Seen = {}): unknown => ({
  ...{ row: { status, step, max_steps: 100 }, state: { step, held }, controls },
})

function page(now: unknown = undefined) {
  const markers = signal<readonly object[]>([marker(1), SAVE])
  const refused = signal<readonly object[]>([marker(2, { decision: 'rejected' })])
  const detail = signal(now)
  const words = signal({ table: BUILT_IN_TABLE })
  const store = { id: 'a', detail, words, streams: { get: () => ({ markers, refused }) } }
  const open = (choice: MarkChoice = 'changes') => openHook(useRailMarks, choice, onRunPage(store))
  return { markers, refused, detail, store, open }
}
const ids = (marks: readonly RailMark[]): string => marks.map(({ id }) => id).join(' ')

test('the rail shows applied and refused changes by step, with checkpoints of the trainer on request', async () => {
  const { open, markers } = page()
  const hook = await open()
  expect([ids(hook.result()), server.paths()]).toEqual(['line-1 line-2', []])
  const before = hook.result()
  await hook.change('changes')
  expect(hook.result()).toBe(before)
  await hook.change('all')
  expect(ids(hook.result())).toBe('line-1 line-2 line-3')
  await hook.change('none')
  expect(ids(hook.result())).toBe('')
  await hook.change('changes')
  await hook.act(() => (markers.value = [marker(1), marker(4, { reverts: 1 })]))
  expect(hook.result().map(({ id, outcome }) => [id, outcome])).toEqual([
    ['line-1', 'reverted'],
    ['line-2', 'refused'],
    ['line-4', 'applied'],
  ])
  hook.close()
})

test('refused changes that arrive later are shown', async () => {
  const { open, refused } = page()
  const hook = await open()
  await hook.act(() => (refused.value = [...refused.value, marker(5, { decision: 'failed' })]))
  expect(ids(hook.result())).toBe('line-1 line-2 line-5')
  hook.close()
})

test('the commands that a live trainer keeps are read, and have marks at their steps', async () => {
  const { open, detail } = page(seen())
  const hook = await open()
  expect(server.paths()).toEqual([])
  await hook.act(() => (detail.value = seen({ held: [{ cid: 'q' }] })))
  server.only().answer({ queued: [QUEUED, { ...QUEUED, cid: 'now', at: null }] })
  await hook.pass(0)
  expect(hook.result().map(({ id, step }) => `${id} ${step}`)).toEqual([
    ...['line-1 10', 'line-2 20', 'cid-now 40', 'cid-q 90'],
  ])
  await hook.act(() => (detail.value = seen({ held: [{ cid: 'q' }], step: 41 })))
  expect(hook.result().map(({ step }) => step)).toEqual([10, 20, 41, 90])
  await hook.change('none')
  expect(ids(hook.result())).toBe('')
  await hook.act(() => (detail.value = seen({ held: [{ cid: 'q' }, { cid: 'r' }] })))
  expect(server.paths()).toEqual(['runs/a/queued'])
  hook.close()
})

test.each([
  ['finished', 'cid-now 40'],
  ['silent', 'cid-now 40'],
  ['paused', 'cid-now 40'],
] as const)('waiting commands of a run that is %s are read even if no trainer keeps them', async (status, last) => {
  const { open } = page(seen({ status }))
  const hook = await open()
  server.only().answer({ queued: [{ ...QUEUED, cid: 'now', at: null }] })
  await hook.pass(0)
  expect(hook.result().map(({ id, step }) => `${id} ${step}`)).toEqual(['line-1 10', 'line-2 20', last])
  hook.close()
})

test('a command of a run without a step has its mark at step 0', async () => {
  const { open } = page({ row: { status: 'idle', step: null }, state: null, controls: [] })
  const hook = await open()
  server.only().answer({ queued: [{ ...QUEUED, at: null }] })
  await hook.pass(0)
  expect(hook.result()[0]).toMatchObject({ id: 'cid-q', step: 0 })
  hook.close()
})

test('a running ramp has a mark at its end, in the colour of its source, unless no trainer is live', async () => {
  const controls = [{ param_key: 'lr', ramp: RAMP }]
  const { open, detail, markers } = page(seen({ controls }))
  markers.value = [marker(1, { source: 'autopilot', params: { 'ramps.lr': RAMP } })]
  const hook = await open()
  expect(hook.result().map(({ id, step, source }) => [id, step, source])).toEqual([
    ['line-1', 10, 'rule'],
    ['line-2', 20, 'person'],
    ['ramp-lr', 60, 'rule'],
  ])
  await hook.act(() => (detail.value = seen({ controls, status: 'finished' })))
  expect(ids(hook.result())).toBe('line-1 line-2')
  hook.close()
})

const waitingMark = (step: number, value: number): RailMark => {
  const command = { module: 'opt', op: 'set_params', id: 'main', params: { lr: value } }
  return { waiting: { cid: 'q', held: true, command, at: { step, event: null } } } as unknown as RailMark
}
const LR = { param_key: 'lr', group: 'optimizer', type: 'float', current: 0.1 }

test('scheduled changes have planned values from the current step on', async () => {
  vi.useRealTimers()
  const { store, detail } = page(seen({ controls: [LR] }))
  const hook = await openHook(useAhead, [] as readonly RailMark[], onRunPage(store))
  const none = hook.result()
  expect([...none]).toEqual([])
  await hook.change([waitingMark(60, 0.5)])
  await vi.waitFor(() => expect(hook.result().size).toBe(1), { timeout: 300_000 })
  const plan = hook.result()
  expect(plan.get('lr')?.values.at(0)).toBe(0.1)
  expect(plan.get('lr')?.values.at(-1)).toBe(0.5)
  expect(plan.get('lr')?.steps).toContain(60)
  await hook.act(() => (detail.value = seen({ controls: [{ ...LR }] })))
  expect(hook.result()).toBe(plan)
  await hook.act(() => (detail.value = seen({ controls: [{ ...LR, current: 0.2 }] })))
  expect(hook.result().get('lr')?.values.at(0)).toBe(0.2)
  await hook.change([waitingMark(60, 0.7)])
  expect(hook.result().get('lr')?.values.at(-1)).toBe(0.7)
  await hook.change([])
  expect(hook.result()).toBe(none)
  hook.close()
})

test('a moving control keeps its plan while its value changes, and a run without a trainer starts at step 0', async () => {
  vi.useRealTimers()
  const moving = { ...LR, ramp: RAMP }
  const { store, detail } = page(seen({ controls: [moving] }))
  const hook = await openHook(useAhead, [{ ramp: {} } as unknown as RailMark], onRunPage(store))
  await vi.waitFor(() => expect(hook.result().size).toBe(1), { timeout: 300_000 })
  const plan = hook.result()
  await hook.act(() => (detail.value = seen({ controls: [{ ...moving, current: 0.3 }] })))
  expect(hook.result()).toBe(plan)
  await hook.act(() => (detail.value = undefined))
  expect([...hook.result()]).toEqual([])
  hook.close()
})
