import { type LedgerLine, readLedgerLine } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { type AnswerList, createAnswerList } from '../../src/web/answers/answer-list.ts'
import { createDecisions, type Decisions } from '../../src/web/answers/decisions.ts'

function line(seq: number, cid: string | null, fields: object = {}): LedgerLine {
  const plain = { seq, step: 3, module: 'opt', op: 'set_params', id: 'main', source: 'dashboard', wall_time: 1 }
  const read = readLedgerLine({ decision: 'applied', attempt: 1, cid, ...plain, ...fields })
  if (!read.ok) throw new Error(read.reason)
  return read.value
}

function page(): { readonly list: AnswerList; readonly decisions: Decisions } {
  const list = createAnswerList(() => 1000)
  return { list, decisions: createDecisions(list, () => 'lr: 0.05 → 0.01') }
}

test('a line answers the request of this page with its cid; other lines are returned', () => {
  const { list, decisions } = page()
  list.add({ text: 'lr = 0.01', phase: 'sent', cid: 'c1', isMine: true })
  const [mine, other] = [line(2, 'c1'), line(3, 'c2')]
  expect(decisions.settle([mine, other])).toEqual([other])
  expect(list.answers.value[0]).toMatchObject({ line: mine, text: 'lr: 0.05 → 0.01' })
})

test('a request is answered once: a second line with its cid is returned', () => {
  const { list, decisions } = page()
  list.add({ text: 'lr = 0.01', phase: 'sent', cid: 'c1', isMine: true })
  decisions.settle([line(2, 'c1')])
  const second = line(3, 'c1')
  expect(decisions.settle([second])).toEqual([second])
  expect(list.answers.value[0]?.line?.seq).toBe(2)
})

test('a line with another cid does not answer a request', () => {
  const { list, decisions } = page()
  list.add({ text: 'lr = 0.01', phase: 'sent', cid: 'c1', isMine: false })
  expect(decisions.settle([line(2, 'c1')])).toHaveLength(1)
  expect(list.answers.value[0]?.line).toBeUndefined()
})

test('the line of a freeze answers the document with the same mode only', () => {
  const { list, decisions } = page()
  list.add({ text: 'freeze', phase: 'written', freezes: 'prod', isMine: true })
  const freeze = (seq: number, mode: string): LedgerLine =>
    line(seq, null, { module: 'core', op: 'freeze', id: null, payload: { mode } })
  expect(decisions.settle([freeze(2, 'replay')])).toHaveLength(1)
  expect(decisions.settle([freeze(3, 'prod')])).toEqual([])
  expect(list.answers.value[0]?.line?.seq).toBe(3)
})

test('a decision that arrives before the answer of the server is found, and the newest thousand are kept', () => {
  const { decisions } = page()
  decisions.settle([line(1, 'first'), line(2, null)])
  expect(decisions.find('first')?.seq).toBe(1)
  decisions.settle(Array.from({ length: 1000 }, (_, index) => line(index + 3, `c${index}`)))
  expect(decisions.find('first')).toBeUndefined()
  expect(decisions.find('c0')?.seq).toBe(3)
  expect(decisions.find('c999')?.seq).toBe(1002)
})
