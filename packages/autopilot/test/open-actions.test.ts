import type { LedgerLine } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { cancelledBy, createOpenActions, isPast, type OpenAction, type OpenActions } from '../src/open-actions.ts'
import { ledgerLine } from './support.ts'

const ACTION: OpenAction = {
  ...{ id: 'a1-1', cid: 'ap-a1-1', rule: 'r', metric: null, keys: ['lr'], isProposal: true, expect: null },
  ...{ expires: { step: 9 }, isMeasured: true },
}

function openWith(...actions: readonly Partial<OpenAction>[]): OpenActions {
  const open = createOpenActions()
  for (const [i, more] of actions.entries()) open.add({ ...ACTION, id: `a1-${i + 1}`, cid: `ap-a1-${i + 1}`, ...more })
  return open
}

const ids = (actions: readonly OpenAction[]): readonly string[] => actions.map(({ id }) => id)
const cancel = (more: Partial<LedgerLine> = {}): LedgerLine =>
  ledgerLine({ module: 'core', op: 'cancel', payload: { cid: 'ap-a1-1' }, cid: 'x', ...more })

test('a ledger line answers the action with its cid, or cancels one', () => {
  const open = openWith({}, {})
  const own = ledgerLine({ cid: 'ap-a1-2' })
  expect(open.answerOf(own)).toEqual({ action: { ...ACTION, id: 'a1-2', cid: 'ap-a1-2' }, line: own, isCancel: false })
  expect(open.answerOf(cancel())).toEqual({ action: ACTION, line: cancel(), isCancel: true })
  for (const line of [
    ledgerLine({ cid: null }),
    ledgerLine({ cid: 'ap-a1-9' }),
    cancel({ payload: { cid: 'ap-a1-9' } }),
  ])
    expect(open.answerOf(line)).toBeUndefined()
  open.remove('ap-a1-1')
  expect([open.answerOf(cancel()), ids(open.all()), open.isEmpty]).toEqual([undefined, ['a1-2'], false])
  open.remove('ap-a1-2')
  expect([open.answerOf(own), open.isEmpty]).toEqual([undefined, true])
})

test('a cancel names the command that it closed in its payload or in its params', () => {
  expect(cancelledBy(cancel())).toBe('ap-a1-1')
  expect(cancelledBy(cancel({ payload: null, params: { cid: 'p' } }))).toBe('p')
  expect(cancelledBy(cancel({ params: { cid: 'p' } }))).toBe('ap-a1-1')
  for (const more of [
    { module: 'opt' },
    { op: 'pause' },
    { decision: 'failed' },
    { payload: null },
    { payload: { cid: 3 } },
  ])
    expect(cancelledBy(cancel(more as never)), JSON.stringify(more)).toBeUndefined()
})

test('only proposals lapse, after their last step or their time', () => {
  const open = openWith({}, { isProposal: false }, { expires: { ts: 50 } }, { expires: null })
  expect([open.lapsed(9, 50), ids(open.all()).length]).toEqual([[], 4])
  expect(ids(open.lapsed(10, undefined))).toEqual(['a1-1'])
  expect(ids(open.lapsed(10, 51))).toEqual(['a1-3'])
  expect(ids(open.all())).toEqual(['a1-2', 'a1-4'])
})

test('it is too late after the step or the time, if these are known', () => {
  const step = { step: 9 }
  expect([isPast(step, 9, 0), isPast(step, 10, undefined), isPast(step, null, 99)]).toEqual([false, true, false])
  const ts = { ts: 9 }
  expect([isPast(ts, 99, 9), isPast(ts, null, 10), isPast(ts, 99, undefined)]).toEqual([false, true, false])
  expect([isPast(null, 99, 99), isPast({ step: null } as never, 99, 99), isPast({ step: 9, ts: 9 }, 9, 10)]).toEqual([
    ...[false, false, true],
  ])
})

test("related actions are a rule's own and those on one of its keys", () => {
  const open = openWith({}, { rule: 'b', keys: ['wd', 'momentum'] }, { rule: 'c', keys: [] })
  expect(ids(open.related('r', []))).toEqual(['a1-1'])
  expect(ids(open.related('c', ['momentum', 'lr']))).toEqual(['a1-1', 'a1-2', 'a1-3'])
  expect([open.related('x', ['y']), createOpenActions().related('r', ['lr'])]).toEqual([[], []])
})

test('open actions are the same after they were saved and restored', () => {
  const open = openWith({}, { rule: 'b' })
  const again = openWith({ cid: 'other' })
  again.restore(JSON.parse(JSON.stringify(open.snapshot())))
  expect(again.all()).toEqual(open.all())
  again.restore([3, null, { id: 'x' }, { cid: 3 }, { cid: 'ap-a1-7' }])
  expect(again.all()).toEqual([{ cid: 'ap-a1-7' }])
  again.restore(null)
  expect(again.all()).toEqual([])
})
