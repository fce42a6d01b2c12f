import type { Op, Outcome } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { putBack } from '../src/put-back.ts'
import { createRouter } from '../src/router.ts'
import { toyTrainer } from './run-dir.ts'

const { table } = createRouter([], null)
const DONE: Outcome = { ok: true, payload: null }
const SET: Op = { module: 'opt', op: 'set_params', id: 'main', params: { lr: 0.5 } }

function place(outcome: Outcome): { readonly route: (op: Op) => Outcome; readonly routed: Op[] } {
  const routed: Op[] = []
  return {
    routed,
    route(op) {
      routed.push(op)
      return outcome
    },
  }
}

test('an op that failed left nothing to revert', () => {
  const { route, routed } = place(DONE)
  expect(putBack(SET, { ok: false, error: 'x' }, { route, state: null, table })).toEqual({ ok: true })
  expect(routed).toEqual([])
})

test('an applied op is reverted to its old values', () => {
  const { route, routed } = place(DONE)
  const outcome: Outcome = { ok: true, payload: { lr: 0.5 }, old: { lr: 0.1 } }
  expect(putBack(SET, outcome, { route, state: null, table })).toEqual({ ok: true })
  expect(routed).toEqual([{ module: 'opt', op: 'set_params', id: 'main', params: { lr: 0.1 } }])
})

test('an op without an inverse stays applied, and the reply states that', () => {
  const error = 'it was applied there and cannot be reverted'
  for (const [op, outcome] of [
    [SET, DONE],
    [
      { module: 'core', op: 'pause', id: 'main', params: null },
      { ...DONE, old: { a: 1 } },
    ],
  ] satisfies [Op, Outcome][]) {
    const { route, routed } = place(DONE)
    expect(putBack(op, outcome, { route, state: null, table })).toEqual({ ok: false, error })
    expect(routed).toEqual([])
  }
})

test('if it cannot be reverted, the controls that it touched and those that broke are reported once', () => {
  const { route } = place({ ok: false, error: 'stuck' })
  const state = { ...toyTrainer().state, takeBroken: () => ['lr', 'ce'] }
  const error = 'it could not be reverted: stuck'
  const old = { lr: 0.1, momentum: 0.9 }
  expect(putBack(SET, { ...DONE, old }, { route, state, table })).toEqual({
    ok: false,
    error,
    broken: ['lr', 'momentum', 'ce'],
  })
  expect(putBack(SET, { ...DONE, old }, { route, state: null, table })).toEqual({ ok: false, error, broken: [] })
  const disable: Op = { module: 'opt', op: 'disable', id: 'main', params: { key: 'lr' } }
  expect(putBack(disable, { ...DONE, old: { key: 'lr' } }, { route, state, table })).toEqual({
    ok: false,
    error,
    broken: ['lr', 'ce'],
  })
})
