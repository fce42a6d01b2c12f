import type { JsonObject, LedgerLine } from '@hotcb/protocol'
import { describe, expect, test } from 'vitest'
import { exportRecipe, opOfLine } from '../src/index.ts'
import { line } from './lines.ts'

const target = { kind: 'python_file', path: 'a.py', symbol: 'A' }

/** A line as hotcb 2 writes it. */
function foreign(step: number, fields: Partial<LedgerLine>): LedgerLine {
  return line(step, step, { module: 'cb', id: 'a', call: null, attempt: null, cid: null, foreign: true, ...fields })
}

function rows(...lines: readonly LedgerLine[]) {
  const exported = exportRecipe(lines)
  if (!exported.ok) throw new Error(exported.reason)
  const { entries, notes } = exported.value
  return { entries: entries.map(({ op, enabled, params }) => [op, enabled, params]), notes }
}

describe('a ledger line from hotcb 2', () => {
  test('that only logs a load, without its target, loads nothing', () => {
    const logged = foreign(1, { op: 'load', payload: { op: 'load', module: 'cb', id: 'a' } })
    expect(rows(logged, foreign(2, { op: 'unload', payload: {} }))).toEqual({ entries: [], notes: [] })
    const complete = foreign(1, { op: 'load', payload: { op: 'load', target } })
    expect(rows(complete).entries).toEqual([['load', true, undefined]])
  })

  test('with an op that it does not support does not change whether a callback is enabled', () => {
    const { entries } = rows(foreign(1, { op: 'poke', payload: {} }), foreign(2, { op: 'load', payload: { target } }))
    expect(entries).toEqual([['load', true, undefined]])
  })

  test('that enables or disables an unloaded callback takes effect at its load, and the newest one wins', () => {
    const load = foreign(3, { op: 'load', payload: { target } })
    const [on, off] = [foreign(1, { op: 'enable', payload: {} }), foreign(1, { op: 'disable', payload: {} })]
    expect(rows(off, load).entries).toEqual([['load', false, undefined]])
    expect(rows(off, on, load).entries).toEqual([['load', true, undefined]])
    const again = foreign(4, { op: 'load', payload: { target, enabled: false } })
    expect(rows(load, again, again).entries.map(([op, enabled]) => [op, enabled])).toEqual([
      ['load', true],
      ['disable', undefined],
    ])
  })

  test('that unloads a callback disables it for the next load', () => {
    const load = (step: number) => foreign(step, { op: 'load', payload: { target } })
    const { entries } = rows(load(1), foreign(2, { op: 'unload', payload: {} }), load(3))
    expect(entries.map(([op, enabled]) => [op, enabled])).toEqual([
      ['load', true],
      ['unload', undefined],
      ['load', false],
    ])
  })

  test.each<[string, Partial<LedgerLine>, JsonObject]>([
    ['below `params` of its payload', { payload: { params: { every: 3 } } }, { every: 3 }],
    ['in its payload', { payload: { every: 3 } }, { every: 3 }],
    ['in its params if it has no payload', { params: { every: 3 }, payload: null }, { every: 3 }],
  ])('has the parameters of a callback %s', (_, fields, params) => {
    const load = foreign(5, { op: 'load', payload: { target } })
    expect(rows(foreign(1, { op: 'set_params', ...fields }), load).entries).toEqual([['load', true, { params }]])
  })

  test('that enables or disables a control names it in its params, or by its id', () => {
    const switched = (step: number, op: string, id: string, params: JsonObject | null) =>
      foreign(step, { module: 'opt', op, id, params, payload: {} })
    const count = (...lines: readonly LedgerLine[]) => rows(...lines).entries.length
    expect(count(switched(1, 'disable', 'main', { key: 'lr' }), switched(2, 'enable', 'lr', null))).toBe(2)
    expect(count(switched(1, 'disable', 'lr', { key: '' }), switched(2, 'enable', 'main', { key: 'lr' }))).toBe(2)
    expect(count(switched(1, 'disable', 'lr', { key: 3 }), switched(2, 'enable', 'betas', null))).toBe(1)
    expect(count(switched(1, 'disable', 'main', null), switched(2, 'disable', 'main', { key: '' }))).toBe(0)
  })
})

test('callbacks without a recorded path are left out with all ops on them, until they are loaded with one', () => {
  const unnamed = foreign(1, { op: 'load', payload: { source_capture: {} } })
  const { entries, notes } = rows(
    unnamed,
    foreign(2, { op: 'set_params', payload: { every: 3 } }),
    foreign(3, { op: 'unload', payload: {} }),
    foreign(4, { op: 'load', payload: { target, enabled: true } }),
    foreign(5, { op: 'set_params', payload: { every: 4 } }),
  )
  expect(entries.map(([op]) => op)).toEqual(['load', 'set_params'])
  expect(notes).toEqual(['step 1, seq 1: callback `a` is left out: its kernel did not record where it was loaded from'])
})

describe('the op of a line', () => {
  const op = (fields: Partial<LedgerLine>) => opOfLine(line(1, 1, { params: { asked: 1 }, ...fields })).params

  test.each<[string, Partial<LedgerLine>, JsonObject | null]>([
    ['has the values that were set', { payload: { lr: 2 } }, { lr: 2 }],
    ['has the requested values if nothing was recorded', { payload: null }, { asked: 1 }],
    ['has no values if none were set', { payload: {} }, {}],
    ['of hotcb 2 has the requested values if its payload is empty', { payload: {}, foreign: true }, { asked: 1 }],
    ['of hotcb 2 has the values below `params`', { payload: { params: { lr: 3 } }, foreign: true }, { lr: 3 }],
    ['of ours may have a control called `params`', { payload: { params: { lr: 3 } } }, { params: { lr: 3 } }],
    [
      'of hotcb 2 that enables has the key',
      { op: 'enable', id: 'lr', payload: { op: 'enable' }, foreign: true },
      { key: 'lr' },
    ],
    [
      'of hotcb 2 that disables has the key',
      { op: 'disable', id: 'lr', payload: { op: 'x' }, foreign: true },
      { key: 'lr' },
    ],
    ['of hotcb 2 that sets has no key', { id: 'lr', payload: { lr: 4 }, foreign: true }, { lr: 4 }],
    ['of ours that enables has its payload', { op: 'enable', id: 'lr', payload: { key: 'betas' } }, { key: 'betas' }],
  ])('%s', (_, fields, expected) => {
    expect(op(fields)).toEqual(expected)
  })

  test('that loads a callback has only the recorded fields with the right types', () => {
    const load = (payload: JsonObject | null) =>
      opOfLine(line(1, 1, { module: 'cb', op: 'load', id: 'a', params: { p: 1 }, payload }))
    const base = { module: 'cb', op: 'load', id: 'a', params: { p: 1 } }
    const fields = { target, init: { every: 1 }, enabled: false, source_capture: { sha256: 'ab' } }
    expect(load({ ...fields, other: 1 })).toEqual({ ...base, ...fields })
    expect(load({ target: 'x', init: [1], enabled: 1, source_capture: null })).toEqual(base)
    expect(load(null)).toEqual(base)
  })
})
