import type { ControlDescription } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { triedBefore } from '../../src/ai/tried-before.ts'
import type { ActionRecord, RuleAction } from '../../src/types.ts'
import { control } from '../support.ts'

const CONTROLS = [control('lr', 0.2), control('wd', 0.01)]

function past(params: unknown, more: object = {}): ActionRecord {
  // Only these fields of a record matter here.
  return {
    id: 'a1-1',
    step: 100,
    state: 'applied',
    outcome: null,
    command: { params },
    ...more,
  } as unknown as ActionRecord
}

const set = (values: object): RuleAction => ({ kind: 'set', values }) as RuleAction
const op = (params?: object): RuleAction =>
  ({ kind: 'op', op: { module: 'opt', op: 'set_params', ...(params && { params }) } }) as RuleAction

function tried(
  action: RuleAction,
  records: readonly ActionRecord[],
  step = 200,
  controls: readonly ControlDescription[] = CONTROLS,
): string | null {
  return triedBefore(action, controls, records, step)
}

const TO_ONE = set({ lr: { to: 1 } })
const WORSE = 'lr 1 was tried at step 100 (a1-1), and the effect was worse'

test('a change to nearly the same value as before is a repetition', () => {
  expect(tried(TO_ONE, [past({ lr: 1 })])).toBe(
    'lr 1 was tried at step 100 (a1-1), and the effect was not measured yet',
  )
  const worse = { outcome: 'worse' }
  for (const lr of [1, 0.9, 1.09, 0.95]) expect(tried(TO_ONE, [past({ lr }, worse)]), `${lr}`).toBe(WORSE)
  for (const lr of [0.89, 1.11, -1, '1', null, undefined])
    expect(tried(TO_ONE, [past({ lr }, worse)]), `${lr}`).toBeNull()
  for (const lr of [9, 11])
    expect(tried(set({ lr: { to: 10 } }), [past({ lr }, worse)]), `${lr}`).toContain('lr 10 was')
  expect(tried(set({ wd: { to: -1 } }), [past({ wd: -1.05 })])).toBe(
    'wd -1 was tried at step 100 (a1-1), and the effect was not measured yet',
  )
  expect(tried(TO_ONE, [past({ lr: 5 }), past({ lr: 1 }, { id: 'a1-2' })])).toContain('(a1-2)')
})

test('a change is not a repetition if the earlier one was long ago, helped, was not carried out or set no number', () => {
  expect(tried(TO_ONE, [past({ lr: 1 }, { outcome: 'worse' })], 600)).toBe(WORSE)
  expect(tried(TO_ONE, [past({ lr: 1 })], 601)).toBeNull()
  expect(tried(TO_ONE, [past({ lr: 1 }, { outcome: 'better' })])).toBeNull()
  for (const state of ['failed', 'expired', 'lapsed', 'frozen'])
    expect(tried(TO_ONE, [past({ lr: 1 }, { state })]), state).toBeNull()
  for (const state of ['open', 'queued', 'applied', 'dismissed'])
    expect(tried(TO_ONE, [past({ lr: 1 }, { state })]), state).toContain('lr 1')
  for (const more of [{ command: null }, { step: null }, { command: {} }, { command: { params: 'lr' } }])
    expect(tried(TO_ONE, [past({ lr: 1 }, more)]), JSON.stringify(more)).toBeNull()
})

test('a factor is compared by the value that results from it', () => {
  const halve = set({ wd: { mul: 0.5 } })
  expect(tried(halve, [past({ wd: 0.005 })])).toContain('wd 0.005 was tried')
  expect(tried(halve, [past({ wd: 0.01 })])).toBeNull()
  expect(tried(set({ lr: { mul: 0.5 } }), [past({ lr: 0.1 })])).toContain('lr 0.1 was tried')
  // With a scheduler, its scale is changed instead of the rate.
  const scaled = [...CONTROLS, control('scheduler_scale', 1)]
  expect(tried(set({ lr: { mul: 0.5 } }), [past({ scheduler_scale: 0.5 })], 200, scaled)).toContain(
    'scheduler_scale 0.5',
  )
  expect(tried(set({ lr: { mul: 0.5 } }), [past({ lr: 0.1 })], 200, scaled)).toBeNull()
  expect(tried(set({ lr: { to: 0.5 } }), [past({ lr: 0.5 })], 200, scaled)).toContain('lr 0.5')
  expect(tried(set({ lr: { mul: 0.5 } }), [past({ lr: 0.1 })], 200, [])).toBeNull()
  expect(tried(set({ wd: { mul: 0.5 } }), [past({ wd: 0 })], 200, [control('wd', 0, { current: 'off' })])).toBeNull()
})

test('without a number there is nothing to compare', () => {
  expect(tried(set({ wd: { to: 'off' } }), [past({ wd: 'off' })])).toBeNull()
  expect(tried(set({ wd: { add: 1 } }), [past({ wd: 1.01 })])).toBeNull()
  expect(tried({ kind: 'do', what: 'rescue' }, [past({ lr: 0.1 })])).toBeNull()
  expect(tried(op(), [past({ lr: 0.1 })])).toBeNull()
  expect(tried(op({ wd: 0.1 }), [past({ wd: 0.1 })])).toBeNull()
  expect(tried(op({ lr: 0.1, group: 1 }), [past({ lr: 0.1, group: 1 })])).toContain('lr 0.1 was tried')
  expect(tried(set({}), [past({ lr: 0.1 })])).toBeNull()
  expect(tried(set({ wd: { to: 3 }, lr: { to: 1 } }), [past({ lr: 1 })])).toContain('lr 1 was tried')
})
