import { expect, test } from 'vitest'
import { formatLedgerLine, type LedgerLine } from '../src/index.ts'

const LINE: LedgerLine = {
  seq: 1,
  step: 2,
  epoch: 3,
  event: 'train_step_end',
  phase: 'train',
  module: 'opt',
  op: 'set_params',
  id: 'main',
  source: 'cli',
  decision: 'applied',
  params: { lr: 0.1 },
  payload: { lr: 0.1 },
  error: null,
  traceback: null,
  notes: null,
  wall_time: 4,
  cid: 'c',
  writer: 'w',
  offset: 5,
  author: 'me',
  call: 6,
  old: { lr: 1 },
  of: null,
  reverts: null,
  attempt: null,
  ranks: null,
}

// Each field has a different value, so that no piece of the previous line may be reused.
const OTHERS: Partial<LedgerLine> = {
  seq: 9,
  step: 9,
  epoch: null,
  event: 'val_end',
  phase: 'val',
  module: 'loss',
  op: 'enable',
  id: 'other',
  source: 'dashboard',
  decision: 'failed',
  params: { momentum: 0.5 },
  payload: { a: 1, b: [] },
  error: 'a "quoted" reason',
  traceback: 'at x',
  notes: 'note',
  wall_time: Number.NaN,
  cid: null,
  writer: null,
  offset: null,
  author: null,
  call: null,
  old: null,
  of: 7,
  reverts: 8,
  attempt: 2,
  ranks: [0, 1],
}

const plain = (line: LedgerLine): unknown => JSON.parse(JSON.stringify(line))

test.each(Object.keys(OTHERS))('a line that differs in `%s` from the one before it is written completely', (key) => {
  const other = { ...LINE, [key]: OTHERS[key as keyof LedgerLine] }
  formatLedgerLine(LINE)
  expect(JSON.parse(formatLedgerLine(other))).toEqual(plain(other))
  expect(JSON.parse(formatLedgerLine(LINE))).toEqual(plain(LINE))
})

test('the place of a line after a load is written, and only then', () => {
  const texts = [LINE, { ...LINE, after: true }, { ...LINE, end: true }, { ...LINE, after: true, end: true }, LINE]
  const read = texts.map((line) => JSON.parse(formatLedgerLine(line as LedgerLine)))
  expect(read.map(({ after, end }) => [after, end])).toEqual([
    [undefined, undefined],
    [true, undefined],
    [undefined, true],
    [undefined, true],
    [undefined, undefined],
  ])
})

test('numbers that are not finite become null, and an empty object is kept', () => {
  expect(JSON.parse(formatLedgerLine({ ...LINE, params: { lr: Number.NaN }, payload: {} }))).toMatchObject({
    params: { lr: null },
    payload: {},
  })
})

test('long text and text with escapes is written exactly', () => {
  for (const id of ['x'.repeat(64), 'x'.repeat(63), 'tab\t', 'ünicode', '\u2028', '']) {
    expect(JSON.parse(formatLedgerLine({ ...LINE, id })).id).toBe(id)
  }
})
