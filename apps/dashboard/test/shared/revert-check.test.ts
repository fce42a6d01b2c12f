import { BUILT_IN_TABLE, type ControlDescription, createModuleTable, readModules } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { checkpointBefore, checkRevert, type RevertFacts } from '../../src/shared/revert-check.ts'
import type { Marker } from '../../src/shared/wire.ts'

const MARK: Marker = {
  ...{ seq: 1, step: 10, module: 'opt', op: 'set_params', id: 'main', source: 'cli', author: null },
  ...{ params: { lr: 1 }, old: { lr: 2 }, reverts: null, decision: 'applied', note: null, wall_time: 0 },
}

/** A change of these parameters by ledger line `seq`, at ten steps per line. */
function mark(seq: number, params: Marker['params'], more: Partial<Marker> = {}): Marker {
  return { ...MARK, seq, step: seq * 10, params, ...more }
}

function control(param_key: string, more: object = {}): ControlDescription {
  // The check uses only these fields of a control.
  return { param_key, group: 'optimizer', state: 'untouched', ...more } as unknown as ControlDescription
}

function check(seq: number, markers: readonly Marker[], facts: Partial<RevertFacts> = {}) {
  const found = checkRevert(seq, { markers, table: BUILT_IN_TABLE, controls: [], ...facts })
  return found.can ? true : [found.reason, found.later]
}

test('a change can be reverted if nothing later touched the same control', () => {
  const marks = [mark(1, { lr: 1 }), mark(2, { wd: 1 }), mark(3, { lr: 1 }), mark(4, { lr: 1, wd: 2, group: 0 })]
  expect(check(4, marks)).toBe(true)
  expect(check(3, marks)).toEqual(['#4 changed the same control later', [4]])
  expect(check(2, marks)).toEqual(['#4 changed the same control later', [4]])
  expect(check(1, marks)).toEqual(['#3, #4 changed the same control later', [3, 4]])
  expect(check(1, [mark(1, { lr: 1, group: 0 }), mark(2, { wd: 1, group: 0, groups: [1] })])).toBe(true)
})

test('at most five later changes are named', () => {
  const marks = (count: number) => Array.from({ length: count }, (_, i) => mark(i + 1, { lr: i }))
  const listed = '#2, #3, #4, #5, #6'
  expect(check(1, marks(6))).toEqual([`${listed} changed the same control later`, [2, 3, 4, 5, 6]])
  expect(check(1, marks(8))).toEqual([`${listed} and 2 more changed the same control later`, [2, 3, 4, 5, 6, 7, 8]])
})

test('the change at the later step is the later one, and at the same step the one later in the ledger', () => {
  const same = [mark(1, { lr: 1 }), mark(2, { lr: 2 }, { step: 10 })]
  expect(check(1, same)).toEqual(['#2 changed the same control later', [2]])
  expect(check(2, same)).toBe(true)
  const earlier = [mark(1, { lr: 1 }, { step: 50 }), mark(2, { lr: 2 }, { step: 20 })]
  expect(check(1, earlier)).toBe(true)
  expect(check(2, earlier)).toEqual(['#1 changed the same control later', [1]])
})

test('a change that was undone, was reverted already or changed nothing cannot be reverted', () => {
  expect(check(7, [mark(1, { lr: 1 })])).toEqual(['a loaded checkpoint or a restart undid it', []])
  const reverted = [mark(1, { lr: 1 }), mark(2, { lr: 2 }, { reverts: 1 }), mark(3, { lr: 3 })]
  expect(check(1, reverted)).toEqual(['#2 has already reverted it', []])
  expect(check(2, reverted)).toEqual(['#3 changed the same control later', [3]])
  expect(check(1, [mark(1, { lr: 1 }, { old: null })])).toEqual(['it changed nothing', []])
  // Neither a change that was reverted nor the one that reverted it counts as later.
  const between = [mark(1, { lr: 1 }), mark(2, { lr: 2 }), mark(3, { lr: 2 }, { reverts: 2 })]
  expect(check(1, between)).toBe(true)
})

test('a module decides which of its ops can be undone, and core can undo none', () => {
  const of = (module: string, op: string, old: Marker['old'] = {}) => check(1, [mark(1, {}, { module, op, old })])
  expect(of('core', 'set_params')).toEqual(['`core set_params` cannot be undone', []])
  expect(of('opt', 'nothing')).toEqual(['`opt nothing` cannot be undone', []])
  expect(of('cb', 'load', null)).toBe(true)
  expect(of('cb', 'unload', null)).toEqual(['it changed nothing', []])
  expect(of('cb', 'unload')).toBe(true)
  expect(of('cb', 'enable', null)).toBe(true)
  // A module without a descriptor.
  expect(of('own', 'anything')).toBe(true)
  expect(of('own', 'anything', null)).toEqual(['it changed nothing', []])
  expect(of('own', 'load', null)).toBe(true)
  const table = createModuleTable(readModules([{ name: 'own', ops: [{ op: 'use', text: 'use {kind}' }] }]))
  const own = (op: string) => check(1, [mark(1, {}, { module: 'own', op, old: {} })], { table })
  expect(own('use')).toEqual(['`own use` cannot be undone', []])
  expect(own('anything')).toEqual(['`own anything` cannot be undone', []])
})

test('a control has several keys, and a disabled one must be enabled first', () => {
  const controls = [control('lr'), control('aux', { group: 'loss' })]
  const marks = [
    mark(1, { scheduler_scale: 1 }),
    mark(2, { 'ramps.lr': {} }),
    mark(3, { aux_w: 1 }),
    mark(4, { aux: 1 }),
  ]
  expect(check(1, marks, { controls })).toEqual(['#2 changed the same control later', [2]])
  expect(check(3, marks, { controls })).toEqual(['#4 changed the same control later', [4]])
  expect(check(1, marks)).toBe(true)
  const off = [control('lr', { state: 'disabled' }), control('wd', { state: 'disabled' })]
  expect(check(1, marks, { controls: off })).toEqual(['`lr` is disabled: enable it first', []])
  expect(check(3, marks, { controls: off })).toBe(true)
})

test('other ops touch an object of their module, and each of its keys separately', () => {
  const cb = (seq: number, id: string, params: Marker['params'], op = 'enable') =>
    mark(seq, params, { module: 'cb', id, op })
  const later = (seq: number) => [`#${seq} changed the same control later`, [seq]]
  expect(check(1, [cb(1, 'a', {}), cb(2, 'b', {})])).toBe(true)
  expect(check(1, [cb(1, 'a', {}), cb(2, 'a', null, 'disable')])).toEqual(later(2))
  expect(check(1, [cb(1, 'a', { key: 'x' }), cb(2, 'a', { key: 'y' })])).toBe(true)
  expect(check(1, [cb(1, 'a', { key: 'x' }), cb(2, 'a', { key: 'x', more: 1 })])).toEqual(later(2))
  expect(check(1, [cb(1, 'a', { keys: ['x'], key: 'z' }), cb(2, 'a', { keys: ['x'], key: 'y' })])).toEqual(later(2))
  expect(check(1, [cb(1, 'a', { x: 1 }, 'set_params'), cb(2, 'b', { x: 1 }, 'set_params')])).toBe(true)
  expect(check(1, [cb(1, 'a', { x: 1 }, 'set_params'), cb(2, 'a', { x: 1 }, 'set_params')])).toEqual(later(2))
  expect(check(1, [cb(1, 'a', null, 'set_params'), cb(2, 'a', null, 'set_params')])).toBe(true)
})

test('the checkpoint before a step is the newest one of those that do not contain the step', () => {
  const at = (step: number | null, tag: string) => ({ step, tag })
  const all = [at(null, 'broken'), at(30, 'c'), at(10, 'a'), at(20, 'b'), at(20, 'b2'), at(5, 'z')]
  expect(checkpointBefore(25, all)).toEqual(at(20, 'b2'))
  expect(checkpointBefore(20, all)).toEqual(at(20, 'b2'))
  expect(checkpointBefore(19, all)).toEqual(at(10, 'a'))
  expect(checkpointBefore(4, all)).toBe(undefined)
})
