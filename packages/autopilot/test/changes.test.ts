import type { LedgerLine } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { createChanges } from '../src/changes.ts'
import { control, ledgerLine } from './support.ts'

/** The anchor of `lr` and the time of its last change, after one line at clock 7. */
function after(more: Partial<LedgerLine>, key = 'lr'): unknown {
  const changes = createChanges()
  changes.take(ledgerLine({ step: 3, payload: { lr: 0.2 }, ...more }), 7)
  return [changes.anchor(key), changes.lastClock([key]), changes.lastStep]
}

const NOTHING = [undefined, undefined, undefined]

test("a change counts from its line, and a person's change sets the anchor", () => {
  expect(after({})).toEqual([0.2, 7, 3])
  expect([after({ op: 'set' }), after({ payload: null, params: { lr: 0.2 } })]).toEqual([
    [0.2, 7, 3],
    [0.2, 7, 3],
  ])
  for (const source of ['autopilot', 'ai']) expect(after({ source }), source).toEqual([undefined, 7, 3])
  expect(after({ source: 'autopilot', author: 'ann' })).toEqual([0.2, 7, 3])
  expect(after({ step: null })).toEqual([0.2, 7, undefined])
})

test('a registered control is set by its path', () => {
  const module = 'ctl'
  expect(after({ module, op: 'set', payload: { key: 'data.mix', value: 0.5 } }, 'data.mix')).toEqual([0.5, 7, 3])
  expect(after({ module, op: 'set', payload: { key: 'data.mix', value: null } }, 'data.mix')).toEqual([null, 7, 3])
  expect(after({ payload: { key: 'lr', value: 2 } })).toEqual([2, 7, 3])
  expect(after({ payload: { key: 3, value: 2 } }, 'value')).toEqual([2, 7, 3])
  expect(after({ payload: { key: 'lr' } }, 'key')).toEqual(['lr', 7, 3])
})

test('a line that did not change a control is ignored', () => {
  for (const more of [
    ...[{ decision: 'failed' }, { module: 'core' }, { op: 'enable' }, { payload: null, params: null }],
    { module: 'cb' },
  ])
    expect(after(more as never), JSON.stringify(more)).toEqual(NOTHING)
})

test('keys that set the same rate count together, and all others separately', () => {
  const changes = createChanges()
  const take = (payload: LedgerLine['payload'], clock: number): void => changes.take(ledgerLine({ payload }), clock)
  take({ scheduler_scale: 0.5 }, 4)
  take({ momentum: 0.5 }, 6)
  const last = (...keys: readonly string[]): unknown => changes.lastClock(keys)
  expect([last('lr'), last('scheduler_scale'), last('scheduler_drop'), last('momentum', 'lr')]).toEqual([4, 4, 4, 6])
  expect([last('momentum'), last('wd'), last()]).toEqual([6, undefined, undefined])
  take({ lr: 0.5 }, 9)
  expect([last('scheduler_scale'), last('momentum')]).toEqual([9, 6])
})

test('the values at the start are anchors until a person sets others, and a rescue may set one', () => {
  const changes = createChanges()
  expect(changes.hasBegun).toBe(false)
  changes.take(ledgerLine({ payload: { lr: 0.2 } }), 1)
  changes.begin([control('lr', 0.1), control('wd', 0.01)])
  expect([changes.hasBegun, changes.anchor('lr'), changes.anchor('wd'), changes.anchor('x')]).toEqual([
    ...[true, 0.2, 0.01, undefined],
  ])
  changes.setAnchor('lr', 5)
  expect(changes.anchor('lr')).toBe(5)
})

test('the changes are the same after they were saved and restored', () => {
  const changes = createChanges()
  changes.take(ledgerLine({ step: 3, payload: { lr: 0.2 } }), 7)
  changes.begin([control('wd', 0.01)])
  const saved = changes.snapshot()
  expect(saved).toEqual({ clocks: { lr: 7 }, anchors: { lr: 0.2, wd: 0.01 }, last_step: 3 })
  const again = createChanges()
  again.restore(saved)
  expect([again.snapshot(), again.hasBegun]).toEqual([saved, true])
  for (const wrong of [null, 3, 'x', [1]]) again.restore(wrong)
  expect(again.snapshot()).toEqual(saved)
  const empty = createChanges()
  empty.restore({ clocks: { lr: 'x' }, anchors: 3, last_step: 'x' })
  expect([empty.snapshot(), empty.hasBegun]).toEqual([{ clocks: {}, anchors: {}, last_step: null }, false])
})
