import { createModuleTable, type Json, type LedgerLine, readLedgerLine } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { noLedger } from '../src/no-ledger.ts'
import { afterLoss, type LedgerLoss, type Opening, placeKey, readOpening } from '../src/opening.ts'

let seq = 0

function line(fields: object): LedgerLine {
  const base = { seq: ++seq, step: 1, module: 'opt', op: 'set_params', id: 'main', decision: 'applied', cid: null }
  const read = readLedgerLine({ ...base, attempt: 1, ...fields })
  if (!read.ok) throw new Error(read.reason)
  return read.value
}

function attempt(n: number, more: Record<string, Json> = {}, fields: object = {}): LedgerLine {
  const payload = { n, token: `t${n}`, step: null, cut: false, ...more }
  return line({ step: 0, module: 'core', op: 'attempt', source: 'kernel', attempt: n, payload, ...fields })
}

function openingOf(lines: readonly LedgerLine[], heard: LedgerLine[] = []): Opening {
  return readOpening({ ...noLedger(), entries: () => lines }, createModuleTable([]), (one) => heard.push(one))
}

test('an empty ledger opens at the beginning', () => {
  expect(openingOf([])).toMatchObject({
    seq: 0,
    step: 0,
    attempt: 0,
    done: {},
    open: new Set(),
    lostAt: null,
    isForeign: false,
    yaml: null,
    last: {},
    history: { entries: [] },
  })
})

test('numbers continue from the highest, the step from the last line that has one, and every valid line is passed on', () => {
  const lines = [
    attempt(1, {}, { seq: 1 }),
    line({ seq: 9, step: 7, cid: 'a', offset: 0 }),
    line({ seq: 4, step: null, id: 'head', decision: 'failed', cid: 'b', offset: 40 }),
  ]
  const heard: LedgerLine[] = []
  const opening = openingOf(lines, heard)
  expect(opening).toMatchObject({ seq: 9, step: 7, attempt: 1, isForeign: false })
  expect(heard).toEqual(lines)
  expect(opening.last).toEqual({
    'core:main': { seq: 1, op: 'attempt', step: 0, decision: 'applied' },
    'opt:main': { seq: 9, op: 'set_params', step: 7, decision: 'applied' },
    'opt:head': { seq: 4, op: 'set_params', step: null, decision: 'failed' },
  })
  expect(['a', 'b', 'c'].map((cid) => opening.answered.has(cid))).toEqual([true, true, false])
  expect(opening.history.entries.map((entry) => entry.seq)).toEqual([9])
})

test('a void line, from a kernel that had lost the directory, is not passed on and answers nothing', () => {
  const heard: LedgerLine[] = []
  const opening = openingOf([attempt(2), line({ attempt: 1, cid: 'a', offset: 0, step: 50 })], heard)
  expect([heard.length, opening.step, opening.answered.has('a')]).toEqual([1, 0, false])
})

test('the last line shows whether another kernel wrote to the ledger', () => {
  const foreign = line({})
  const mine = line({})
  const [of, our] = [{ ...foreign, foreign: true }, mine]
  expect([openingOf([our, of]).isForeign, openingOf([of, our]).isForeign]).toEqual([true, false])
})

test('an applied cancel closes its cid, whether or not its command has arrived', () => {
  const cancel = (fields: object): LedgerLine =>
    line({ module: 'core', op: 'cancel', cid: 'c', offset: 0, payload: { cid: 'a' }, ...fields })
  expect(openingOf([cancel({})]).answered.has('a')).toBe(true)
  for (const other of [
    { decision: 'failed' },
    { op: 'pause' },
    { module: 'opt' },
    { payload: { cid: 5 } },
    { payload: null },
  ])
    expect(openingOf([cancel(other)]).answered.has('a')).toBe(false)
})

test('the last reconciled YAML is that of the last applied line', () => {
  const yaml = (text: unknown, fields: object = {}): LedgerLine =>
    line({ module: 'core', op: 'yaml', source: 'yaml', payload: { text }, ...fields })
  expect(
    openingOf([yaml('a'), yaml('b'), yaml('c', { decision: 'rejected' }), yaml(5), yaml('d', { op: 'freeze' })]).yaml,
  ).toBe('b')
  expect(openingOf([yaml('a', { module: 'opt' })]).yaml).toBeNull()
})

test('done offsets are the highest of all attempts, and open commands are those of the last attempt that lists them', () => {
  const held = [
    { writer: null, offset: 5 },
    { writer: 'h.jsonl', offset: 7 },
    { writer: 3, offset: 9 },
    { writer: null, offset: 'x' },
    'text',
  ]
  const opening = openingOf([
    attempt(1, { done: { a: 10, b: 5, c: 'text' }, held }),
    attempt(2, { done: { a: 4, b: 8 }, held: [] }),
    attempt(3),
  ])
  expect([opening.done, opening.open, opening.attempt]).toEqual([{ a: 10, b: 8 }, new Set(), 3])
  expect(openingOf([attempt(1, { done: { a: 10 }, held }), attempt(2)]).open).toEqual(
    new Set(['5 ', '7 h.jsonl', '9 ']),
  )
  for (const done of [null, 5, 'text', [1, 2]]) expect(openingOf([attempt(1, { done, held })]).done).toEqual({})
  // Without `done`, no command can be open.
  expect(openingOf([attempt(1, { held })]).open).toEqual(new Set())
  expect(openingOf([attempt(1, { done: { a: 1 }, held: { length: 1 } })]).open).toEqual(new Set())
})

test('the last attempt that began with a lost ledger is known', () => {
  const lost = { bytes: 10, reason: 'it was removed' }
  expect(openingOf([attempt(1, { lost }, { seq: 3 }), attempt(2, {}, { seq: 4 })]).lostAt).toBe(3)
  expect(openingOf([attempt(1, { lost: 'text' })]).lostAt).toBeNull()
})

test('after a loss the numbers continue after the lost lines, and commands that were read count as done', () => {
  const opening = openingOf([attempt(1, { done: { a: 10, b: 5 } }, { seq: 3 })])
  const loss: LedgerLoss = {
    reason: 'it was removed',
    bytes: 100,
    seq: 7,
    attempt: 4,
    taken: { a: 8, b: 9 },
    held: [{ cid: 'x', writer: 'h.jsonl', offset: 2 }],
  }
  const sizes = { a: 50, b: 60 }
  expect(afterLoss(opening, loss, sizes)).toMatchObject({
    seq: 7,
    attempt: 4,
    done: { a: 10, b: 9 },
    open: new Set(['2 h.jsonl']),
  })
  // Without a record of what was read, all existing commands count as done, including held ones.
  expect(afterLoss(opening, { ...loss, seq: 1, attempt: 0, taken: null }, { ...sizes, c: 3 })).toMatchObject({
    seq: 3,
    attempt: 1,
    done: { a: 50, b: 60, c: 3 },
    open: new Set(),
  })
})

test('the key of a place contains its offset and its file', () => {
  expect([placeKey({ writer: null, offset: 5 }), placeKey({ writer: 'h.jsonl', offset: 5 })]).toEqual([
    '5 ',
    '5 h.jsonl',
  ])
})
