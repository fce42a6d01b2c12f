import { expect, test } from 'vitest'
import { type ChangeInForce, createChangesInForce, moduleKeys } from '../src/changes-in-force.ts'

function change(seq: number, step: number, keys: readonly string[], more: Partial<ChangeInForce> = {}): ChangeInForce {
  return { seq, step, call: 0, after: false, end: false, keys, reverts: null, ...more }
}

function inForce(...changes: readonly ChangeInForce[]) {
  const all = createChangesInForce()
  for (const one of changes) all.add(one)
  return all
}

test('a change is found by its seq as it was added, as long as it is in force', () => {
  const changes = [2, 5, 9, 11].map((seq) =>
    change(seq, seq * 10, [`key ${seq}`, 'all'], { call: seq, after: seq === 5 }),
  )
  const all = inForce(...changes)
  expect([2, 5, 9, 11].map((seq) => all.get(seq))).toEqual(changes)
  for (const seq of [0, 1, 3, 10, 12]) expect(all.get(seq)).toBeUndefined()
  all.delete(5)
  all.delete(6)
  expect([2, 5, 9].map((seq) => all.get(seq)?.seq)).toEqual([2, undefined, 9])
})

test('changes with the same keys keep them, with one key or several', () => {
  const all = inForce(change(1, 0, ['a']), change(2, 0, ['a', 'b']), change(3, 0, ['a', 'b']), change(4, 0, []))
  expect([1, 2, 3, 4].map((seq) => all.get(seq)?.keys)).toEqual([['a'], ['a', 'b'], ['a', 'b'], []])
})

test('a change that was re-applied elsewhere has its new place, and a deleted one has none', () => {
  const all = inForce(change(1, 10, ['a']), change(2, 20, ['a']))
  all.move(1, { step: 30, call: 2, after: true, end: true })
  all.move(7, { step: 30, call: 2, after: true, end: true })
  expect(all.get(1)).toEqual(change(1, 30, ['a'], { call: 2, after: true, end: true }))
  // Now it is the later one.
  expect(all.touchedLater(change(2, 20, ['a']))).toEqual([1])
})

test('the newest change is neither a revert nor reverted', () => {
  const all = inForce(change(1, 0, ['a']), change(2, 0, ['a']), change(3, 0, ['a'], { reverts: 2 }))
  expect([all.newest(), all.isReverted(2), all.isReverted(1), all.get(3)?.reverts]).toEqual([1, true, false, 2])
  // If a revert is undone, its target is in force again.
  all.delete(3)
  expect([all.newest(), all.isReverted(2)]).toEqual([2, false])
  all.delete(2)
  all.delete(1)
  expect([all.newest(), createChangesInForce().newest()]).toEqual([undefined, undefined])
})

test('the second revert of a change counts if the first is undone', () => {
  const all = inForce(change(1, 0, ['a']), change(2, 0, ['a'], { reverts: 1 }), change(3, 0, ['a'], { reverts: 1 }))
  all.delete(2)
  expect(all.isReverted(1)).toBe(true)
  all.delete(3)
  expect(all.isReverted(1)).toBe(false)
})

test('later changes of the same key are those that are in force, by place and not by seq', () => {
  const all = inForce(
    change(1, 10, ['a']),
    change(2, 5, ['a']),
    change(3, 10, ['a', 'b']),
    change(4, 11, ['b']),
    change(5, 12, ['a']),
    change(6, 12, ['a'], { reverts: 5 }),
    change(7, 12, ['a']),
  )
  expect(all.touchedLater(change(1, 10, ['a']))).toEqual([3, 7])
  expect(all.touchedLater(change(1, 10, ['b', 'c']))).toEqual([3, 4])
  all.delete(7)
  expect(all.touchedLater(change(1, 10, ['a']))).toEqual([3])
})

test('a seam cuts the changes at or after its step, and later changes at the end of the step before it', () => {
  const end = { end: true }
  const all = inForce(change(1, 4, ['a']), change(2, 4, ['a'], end), change(3, 4, ['a'], end), change(4, 5, ['a']))
  all.cut({ step: 5, endSeq: 2 })
  expect([1, 2, 3, 4].map((seq) => all.get(seq) !== undefined)).toEqual([true, true, false, false])
  all.cut({ step: -1, endSeq: null })
  expect([1, 2].map((seq) => all.get(seq))).toEqual([undefined, undefined])
})

test('changes before the first step have step -1, and can be in force', () => {
  const all = inForce(change(1, -1, ['a'], { end: true }))
  expect([all.get(1)?.step, all.newest()]).toEqual([-1, 1])
})

test('an op of a module touches its handle, or each parameter that it sets', () => {
  const op = { module: 'cb', id: 'probe', params: null }
  expect(moduleKeys({ ...op, op: 'load' }, { a: 1 })).toEqual(['cb:probe'])
  for (const word of ['set_params', 'set']) {
    expect(moduleKeys({ ...op, op: word }, { a: 1, b: 2 })).toEqual(['cb:probe:a', 'cb:probe:b'])
    expect(moduleKeys({ ...op, op: word }, null)).toEqual([])
  }
})
