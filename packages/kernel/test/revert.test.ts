import type { JsonObject, LedgerLine, Op } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { askFor } from '../src/ask.ts'
import { createChangesInForce } from '../src/changes-in-force.ts'
import { lineOf } from '../src/line.ts'
import { NOWHERE } from '../src/recorder.ts'
import { inverseOf, resolveRevert } from '../src/revert.ts'
import { createRouter } from '../src/router.ts'
import { memoryRun } from './memory-run.ts'

const router = createRouter([], null)
const TARGET = { kind: 'file', path: 'probe.mjs', symbol: 'Probe' } as const

function lineFor(
  seq: number,
  op: Partial<Op>,
  more: { old?: JsonObject | null; decision?: 'applied' | 'failed' } = {},
) {
  const { decision = 'applied', old = null } = more
  const ask = askFor({ module: 'opt', op: 'set_params', id: 'main', params: null, ...op }, 'live', 'cli')
  const place = { ...NOWHERE, step: seq, call: 0 }
  return lineOf(ask, { decision, old, payload: op.params ?? {} }, { place, seq, attempt: 1, wallTime: 0 })
}

/** A ledger of these lines; those in `inForce` are the changes in force, by the keys that they touched. */
function resolveIn(
  lines: readonly LedgerLine[],
  inForce: Readonly<Record<number, readonly string[]>>,
  reverts: Readonly<Record<number, number>> = {},
): (params: JsonObject | null) => string | Op {
  const changes = createChangesInForce()
  for (const { seq, step } of lines) {
    const keys = inForce[seq]
    if (keys === undefined) continue
    const place = { step: step ?? 0, call: 0, after: false, end: false }
    changes.add({ seq, ...place, keys, reverts: reverts[seq] ?? null })
  }
  const ledger = { ...memoryRun().ledger, find: (seq: number) => lines.find((line) => line.seq === seq) }
  return (params) => {
    const read = resolveRevert(params, { inForce: changes, ledger, router })
    return read.ok ? { ...read.value.op, reverts: read.value.reverts } : read.reason
  }
}

const set = (seq: number, key: string): LedgerLine => lineFor(seq, { params: { [key]: 1 } }, { old: { [key]: 0 } })

test('without `seq` the newest change in force is reverted, with `seq` that one', () => {
  const resolve = resolveIn([set(2, 'lr'), set(3, 'momentum')], { 2: ['lr'], 3: ['momentum'] })
  const inverse = { module: 'opt', op: 'set_params', id: 'main' }
  for (const params of [null, {}, { seq: null }]) {
    expect(resolve(params)).toEqual({ ...inverse, params: { momentum: 0 }, reverts: 3 })
  }
  expect(resolve({ seq: 2 })).toEqual({ ...inverse, params: { lr: 0 }, reverts: 2 })
})

test('an impossible revert states why', () => {
  const lines = [
    set(2, 'lr'),
    lineFor(3, { params: { lr: 9 } }, { decision: 'failed' }),
    lineFor(4, { module: 'core', op: 'pause' }),
    set(5, 'momentum'),
    lineFor(6, { params: { weight_decay: 0 } }),
    set(7, 'lr'),
    lineFor(8, { module: 'core', op: 'pause' }),
  ]
  const resolve = resolveIn(lines, { 2: ['lr'], 6: ['weight_decay'], 7: ['lr'], 8: [] }, { 7: 2 })
  const cases: readonly (readonly [seq: JsonObject[string], reason: string])[] = [
    ['2', '`seq` must be a whole number, got "2"'],
    [0.5, '`seq` must be a whole number, got 0.5'],
    [99, 'no ledger line has seq 99'],
    [3, 'seq 3 cannot be reverted: it was not applied (`failed`)'],
    [4, 'seq 4 cannot be reverted: a `core pause` has no inverse'],
    [5, 'seq 5 cannot be reverted: a checkpoint load or a restart removed it from the history'],
    [2, 'seq 2 is already reverted'],
    [6, 'seq 6 cannot be reverted: it changed nothing'],
    [8, 'seq 8 cannot be reverted: a `core pause` has no inverse'],
  ]
  for (const [seq, reason] of cases) expect(resolve({ seq })).toBe(reason)
  expect(resolveIn([set(2, 'lr')], {})(null)).toBe('nothing to revert: no change is in force')
})

test('a change whose key was changed later needs `force`; at most five of those are listed', () => {
  const lines = Array.from({ length: 8 }, (_, i) => set(i + 2, i === 0 ? 'momentum' : 'lr'))
  const keys = Object.fromEntries(lines.map(({ seq }) => [seq, [seq === 2 ? 'momentum' : 'lr']]))
  const resolve = resolveIn(lines, keys)
  const advice = 'changed the same control later; revert that first, or use force'
  expect(resolve({ seq: 8 })).toBe(`seq 8 cannot be reverted: seq 9 ${advice}`)
  expect(resolve({ seq: 7 })).toBe(`seq 7 cannot be reverted: seqs 8, 9 ${advice}`)
  expect(resolve({ seq: 3 })).toBe(`seq 3 cannot be reverted: seqs 4, 5, 6, 7, 8 ${advice}`)
  expect(resolve({ seq: 2 })).toMatchObject({ reverts: 2, params: { momentum: 0 } })
  expect(resolve({ seq: 3, force: true })).toMatchObject({ reverts: 3, params: { lr: 0 } })
  expect(resolve({ seq: 8, force: 'yes' })).toBe(`seq 8 cannot be reverted: seq 9 ${advice}`)
})

test('the inverse of an op follows from its descriptor and its old values', () => {
  const loaded = { target: { ...TARGET }, init: { every: 5 }, enabled: true, params: { rate: 2 } }
  const cases: readonly (readonly [op: Partial<Op>, old: JsonObject | null, inverse: object | null])[] = [
    [{ params: { lr: 1 } }, { lr: 0 }, { op: 'set_params', params: { lr: 0 } }],
    [{ params: { lr: 1 } }, null, null],
    [{ op: 'disable', params: { key: 'lr' } }, { key: 'lr' }, { op: 'enable', params: { key: 'lr' } }],
    // All controls at once.
    [{ op: 'disable' }, {}, { op: 'enable', params: null }],
    [{ op: 'disable' }, null, null],
    [{ module: 'cb', id: 'p', op: 'disable' }, null, { module: 'cb', id: 'p', op: 'enable', params: null }],
    [{ module: 'cb', id: 'p', op: 'load' }, null, { module: 'cb', id: 'p', op: 'unload', params: null }],
    [
      { module: 'cb', id: 'p', op: 'load' },
      loaded,
      {
        module: 'cb',
        id: 'p',
        op: 'load',
        target: TARGET,
        init: { every: 5 },
        enabled: true,
        params: { params: { rate: 2 } },
      },
    ],
    [
      { module: 'cb', id: 'p', op: 'unload' },
      { target: { ...TARGET }, init: null, enabled: null },
      { module: 'cb', id: 'p', op: 'load', target: TARGET, params: null },
    ],
    [{ module: 'cb', id: 'p', op: 'unload' }, null, null],
    [{ module: 'core', op: 'pause' }, { a: 1 }, null],
    [{ module: 'cb', id: 'p', op: 'dance' }, { a: 1 }, null],
  ]
  for (const [op, old, inverse] of cases) {
    const ask = { module: 'opt', op: 'set_params', id: 'main', params: null, ...op }
    const found = inverseOf({ ...ask, old }, router.table)
    if (inverse === null) expect([ask, found]).toEqual([ask, null])
    else expect(found).toMatchObject({ module: 'opt', id: 'main', ...inverse })
  }
  // An old value that is empty reverts a set to nothing, not to everything.
  const empty = inverseOf({ module: 'opt', op: 'set_params', id: 'main', params: {}, old: {} }, router.table)
  expect(empty).toMatchObject({ op: 'set_params', params: {} })
})
