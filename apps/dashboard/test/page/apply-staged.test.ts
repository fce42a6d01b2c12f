import type { ControlDescription } from '@hotcb/protocol'
import { signal } from '@preact/signals'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { RunStore } from '../../src/web/run/run-store.ts'
import {
  applyStaged,
  discardStaged,
  frozenReason,
  modeOf,
  reviewButton,
  stagingState,
  stepOf,
  totalOf,
} from '../../src/web/staged/apply-staged.ts'
import { openStaging } from '../../src/web/staged/staging.ts'

const rights = vi.hoisted(() => ({ reason: undefined as string | undefined, focused: [] as string[] }))
vi.mock('../../src/web/run/rights.ts', () => ({ operateReason: () => rights.reason }))
vi.mock('../../src/web/staged/focus-control.ts', () => ({
  focusControl: (key: string) => void rights.focused.push(key),
}))

const LR = {
  ...{ param_key: 'lr', label: 'lr', group: 'optimizer', type: 'float', min: 0, max: 1, step: null, choices: null },
  ...{ state: 'ready', current: 0.1, default: 0.1, unit: null, description: null, requires: null },
} as unknown as ControlDescription
const FREEZE = { mode: 'off' }
const DETAIL = {
  ...{ row: { status: 'running', step: 40, max_steps: 100 }, state: { step: 38 } },
  ...{ controls: [LR], freeze: FREEZE },
}

let page: Record<string, unknown>
beforeEach(() => {
  page = {}
  rights.reason = undefined
  rights.focused.length = 0
  vi.stubGlobal('document', { activeElement: 'active', querySelector: (selector: string) => page[selector] ?? null })
})
afterEach(() => void vi.unstubAllGlobals())

function open(detail: object | undefined = DETAIL, isAccepted = true) {
  const sent: unknown[] = []
  const told: unknown[] = []
  const staging = openStaging({ read: () => null, write: () => undefined })
  const moving = new Set<string>()
  const answers = {
    send: async (drafts: unknown) => {
      sent.push(drafts)
      return isAccepted
    },
    tell: (...all: readonly unknown[]) => void told.push(all),
  }
  const parts = { staging, answers, detail: signal<object | undefined>(detail), moving: { keys: () => moving } }
  // The parts of a run that staged changes use.
  return { run: parts as unknown as RunStore, staging, sent, told, moving, detail: parts.detail }
}
/** An element that disappears, with or without the focus. */
const bar = (hasFocus: boolean): HTMLElement =>
  ({ contains: (element: unknown) => hasFocus && element === 'active' }) as unknown as HTMLElement

test.each([
  [undefined, null, null],
  [{ row: { status: 'running', step: 40, max_steps: 100 }, state: { step: 38 } }, 40, 100],
  [{ row: { status: 'paused', step: 40, max_steps: null }, state: { step: 41 } }, 41, null],
  [{ row: { status: 'running', step: null, max_steps: 9 }, state: null }, null, 9],
  [{ row: { status: 'finished', step: 40, max_steps: 100 }, state: { step: 40 } }, null, null],
])('the step of a trainer is known if it is live (%#)', (detail, step, total) => {
  expect([stepOf(detail as never), totalOf(detail as never)]).toEqual([step, total])
})

test.each([
  ['off', undefined],
  ['prod', 'Frozen: the kernel refuses every change until freeze is off.'],
  ['replay', 'In replay: the kernel only accepts changes from the recipe.'],
])('in the freeze mode %s, changes are refused because: %s', (mode, reason) => {
  const detail = { freeze: { mode } } as never
  expect([modeOf(detail), frozenReason(detail)]).toEqual([mode, reason])
  expect([modeOf(undefined), frozenReason(undefined)]).toEqual(['off', undefined])
})

test('staged changes are sent with the typed step and note, and then removed', async () => {
  const { run, staging, sent } = open()
  staging.stage(LR, 0.2, 0)
  staging.setAt('60')
  staging.setNote('  why ')
  await applyStaged(run, bar(true))
  const draft = {
    module: 'opt',
    op: 'set_params',
    params: { lr: 0.2 },
    expect: { lr: 0.1 },
    at: { step: 60 },
    note: 'why',
  }
  expect([sent, staging.staged.value.size, rights.focused]).toEqual([[[draft]], 0, ['lr']])
})

test('without a step, they apply at the next safe point, and a control that the trainer moves is not compared', async () => {
  const { run, staging, sent, moving } = open()
  moving.add('lr')
  staging.stage(LR, 0.2, 0)
  await applyStaged(run, bar(false))
  expect([sent, rights.focused]).toEqual([[[{ module: 'opt', op: 'set_params', params: { lr: 0.2 } }]], []])
})

test('changes that were refused stay staged', async () => {
  const { run, staging, sent } = open(DETAIL, false)
  staging.stage(LR, 0.2, 0)
  await applyStaged(run, bar(true))
  expect([sent.length, staging.staged.value.size, rights.focused]).toEqual([1, 1, []])
})

test('if another person has changed the value, the button to review it gets the focus and nothing is sent', async () => {
  const { run, staging, sent, detail, moving } = open()
  staging.stage(LR, 0.2, 0)
  detail.value = { ...DETAIL, controls: [{ ...LR, current: 0.3 }] }
  expect([...stagingState(run).moved]).toEqual(['lr'])
  await applyStaged(run, null)
  let focused = 0
  page['.staged-bar .moved button'] = { focus: () => focused++ }
  expect(reviewButton()).toBe(page['.staged-bar .moved button'])
  await applyStaged(run, null)
  expect([sent, focused]).toEqual([[], 1])
  moving.add('lr')
  expect([...stagingState(run).moved]).toEqual([])
  await applyStaged(run, null)
  expect(sent.length).toBe(1)
})

test('nothing is sent if nothing is staged, or a value, the step or the right to send is missing', async () => {
  const empty = open()
  await applyStaged(empty.run, null)
  const { run, staging, sent } = open()
  staging.stage(LR, 5, 0)
  expect(stagingState(run).issues.size).toBe(1)
  await applyStaged(run, null)
  staging.stage(LR, 0.2, 0)
  staging.setAt('soon')
  expect(stagingState(run).step.kind).toBe('wrong')
  await applyStaged(run, null)
  staging.setAt('')
  rights.reason = 'Your token only allows you to view.'
  expect(stagingState(run).blocked).toBe(rights.reason)
  await applyStaged(run, null)
  rights.reason = undefined
  const frozen = open({ ...DETAIL, freeze: { mode: 'prod' } })
  frozen.staging.stage(LR, 0.2, 0)
  expect(stagingState(frozen.run).blocked).toBe('Frozen: the kernel refuses every change until freeze is off.')
  await applyStaged(frozen.run, null)
  expect([empty.sent, sent, frozen.sent]).toEqual([[], [], []])
})

test('the staging of a run without a known state has no controls and no issues', () => {
  const { run } = open()
  const none = open(undefined)
  none.detail.value = undefined
  expect(stagingState(none.run)).toMatchObject({
    controls: [],
    issues: new Map(),
    moved: new Set(),
    blocked: undefined,
  })
  expect(stagingState(run).controls).toEqual([LR])
})

test('discarded changes can be restored', () => {
  const { run, staging, told } = open()
  discardStaged(run, bar(true))
  expect(told).toEqual([])
  staging.stage(LR, 0.2, 0)
  discardStaged(run, bar(true))
  expect([staging.staged.value.size, rights.focused]).toEqual([0, ['lr']])
  const [[text, { action }]] = told as [[string, { action: { label: string; run(): void } }]]
  expect([text, action.label]).toEqual(['1 staged change discarded', 'Undo'])
  action.run()
  expect([...staging.staged.value.keys()]).toEqual(['lr'])
  staging.stage({ ...LR, param_key: 'wd' }, 0.3, 0)
  discardStaged(run, null)
  discardStaged(run, null)
  expect([told.length, (told[1] as readonly unknown[])[0]]).toEqual([2, '2 staged changes discarded'])
  expect(rights.focused).toEqual(['lr'])
})
