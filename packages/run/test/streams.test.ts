import { appendFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { formatLedgerLine, type LedgerLine, readLedgerLine } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { readStreamLine } from '../src/index.ts'
import { type Follow, openRunDirectory, type Run } from '../src/node.ts'
import { temporaryDirectory } from './directory.ts'

function ledgerText(...seqs: readonly number[]): string {
  return seqs
    .map((seq) => {
      const read = readLedgerLine({ seq, module: 'opt', op: 'set_params', decision: 'applied', cid: `c${seq}` })
      if (!read.ok) throw new Error(read.reason)
      return formatLedgerLine(read.value)
    })
    .join('')
}

function seqsOf(follow: Follow<LedgerLine>): readonly number[] {
  const seqs: number[] = []
  while (follow.look()) seqs.push(...follow.read().records.map(({ value }) => value.seq))
  return seqs
}

function runWith(text: string): Run {
  const run = openRunDirectory(temporaryDirectory())
  writeFileSync(run.path('ledger'), text)
  return run
}

test('a stream is followed from its start, from its end, from an offset, and from an earlier cursor', () => {
  const run = runWith(ledgerText(1, 2))
  const first = run.follow('ledger')
  const end = run.follow('ledger', 'end')
  expect([seqsOf(first), seqsOf(end)]).toEqual([[1, 2], []])
  const cursor = first.cursor() ?? ''
  const { offset } = first
  appendFileSync(run.path('ledger'), ledgerText(3, 4))
  const later = run.follow('ledger', { cursor })
  const there = run.follow('ledger', { offset })
  expect([first, end, later, there].map(seqsOf)).toEqual(Array(4).fill([3, 4]))
  for (const one of [first, end, later, there]) one.close()
})

test('with a cursor from a replaced ledger, reading begins at the start and reports that', () => {
  const run = runWith(ledgerText(1, 2))
  const first = run.follow('ledger')
  seqsOf(first)
  const cursor = first.cursor() ?? ''
  writeFileSync(`${run.path('ledger')}.new`, ledgerText(7))
  renameSync(`${run.path('ledger')}.new`, run.path('ledger'))
  const later = run.follow('ledger', { cursor })
  expect(later.look()).toBe(true)
  expect(later.read()).toMatchObject({ reset: 'replaced', records: [{ value: { seq: 7 } }] })
  expect(later.look()).toBe(false)
  expect([first.look(), first.read().reset]).toEqual([true, 'replaced'])
})

test('invalid lines are reported with their offset and reason, and do not delay the others', () => {
  const run = runWith(`${ledgerText(1)}nonsense\n{"seq":2}\n${ledgerText(3)}half`)
  const batch = run.follow('ledger').read()
  expect(batch.records.map(({ value }) => value.seq)).toEqual([1, 3])
  expect(batch.unreadable).toEqual([
    { offset: ledgerText(1).length, reason: expect.any(String) },
    { offset: ledgerText(1).length + 9, reason: expect.stringContaining('`decision` must be one of') },
  ])
  expect(batch.lines).toHaveLength(4)
  const told: number[] = []
  const all = [...run.records('ledger', { onUnreadable: ({ offset }) => told.push(offset) })]
  expect([all.map(({ value }) => value.seq), told]).toEqual([[1, 3], batch.unreadable.map(({ offset }) => offset)])
})

test('the newest matching records are read from the end, however far back they are', () => {
  const run = runWith(ledgerText(...Array.from({ length: 2000 }, (_, i) => i + 1)))
  expect(run.last('ledger', 3).map(({ value }) => value.seq)).toEqual([1998, 1999, 2000])
  expect(run.last('ledger', 2, ({ value }) => value.seq % 900 === 0).map(({ value }) => value.seq)).toEqual([900, 1800])
  expect(run.last('ledger', 9, ({ value }) => value.seq === 1).map(({ offset }) => offset)).toEqual([0])
  expect(run.last('metrics', 5)).toEqual([])
})

test('each stream has its own kind of lines; those of the log are text', () => {
  expect(readStreamLine('log', 'anything at all')).toEqual({ ok: true, value: 'anything at all' })
  expect(readStreamLine('metrics', '{"step":1,"metrics":{"loss":NaN}}')).toMatchObject({
    ok: true,
    value: { step: 1, metrics: { loss: null } },
  })
  expect(readStreamLine('commands', '{"op":3}')).toMatchObject({ ok: false })
  const run = runWith('')
  writeFileSync(run.path('log'), 'one\ntwo\n')
  expect(run.last('log', 1).map(({ value }) => value)).toEqual(['two'])
})

test('a command is found at the location in the ledger, unless another command is there now', () => {
  const run = runWith('')
  const { cids } = run.send([{ module: 'opt', op: 'set_params', params: { lr: 1 }, note: 'why' }], { source: 'api' })
  const { cids: later } = run.send([{ module: 'core', op: 'pause' }], { source: 'api' })
  const offset = statSync(run.path('commands')).size
  const lookup = run.commands()
  expect(lookup.find({ writer: null, offset: 0, cid: cids[0] ?? null })).toMatchObject({
    op: 'set_params',
    note: 'why',
  })
  expect(lookup.find({ writer: null, offset: 0, cid: later[0] ?? null })).toBe(undefined)
  expect(lookup.find({ writer: null, offset, cid: null })).toBe(undefined)
  expect(lookup.find({ writer: '../../etc/passwd', offset: 0, cid: null })).toBe(undefined)
  lookup.close()
})
