import type { LedgerLine, ShownMetrics } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { isLater, recordsOf, startingControls, withLines } from '../../src/node/records.ts'
import { control, ledgerLine } from '../support.ts'

const at = (step: number | null, wall_time: number): LedgerLine => ledgerLine({ step, wall_time })

test('a line is later than a record with an earlier step and time', () => {
  const timed = { step: 5, wallTime: 100 }
  expect([at(6, 101), at(6, 100), at(5, 101), at(null, 101)].map((line) => isLater(line, timed))).toEqual([
    ...[true, false, false, false],
  ])
  const untimed = { step: 5, wallTime: null }
  expect([at(6, 0), at(5, 999), at(null, 999)].map((line) => isLater(line, untimed))).toEqual([true, false, false])
  expect(isLater(at(null, 5), { step: -1, wallTime: null })).toBe(true)
})

test('each record is returned with the lines that were written before it, and the others remain', () => {
  const record = (step: number): ShownMetrics => ({ step, epoch: step + 100, wallTime: null, metrics: { loss: step } })
  const lines = [at(0, 0), at(2, 0), at(2, 0), at(9, 0)]
  const [first, second, third] = [lines[0], lines[1], lines[2]]
  const found = [...withLines([record(1), record(2), record(3)], lines)]
  expect(found).toEqual([
    { step: 1, epoch: 101, metrics: { loss: 1 }, lines: [first] },
    { step: 2, epoch: 102, metrics: { loss: 2 }, lines: [second, third] },
    { step: 3, epoch: 103, metrics: { loss: 3 }, lines: [] },
  ])
  expect(lines).toEqual([at(9, 0)])
  expect([...withLines([record(9)], lines)][0]?.lines).toEqual([at(9, 0)])
  expect([lines, [...withLines([record(9)], lines)][0]?.lines]).toEqual([[], []])
})

test('malformed records are skipped', () => {
  const texts = ['{"step":1,"metrics":{"loss":2}}', 'no', '{"metrics":{}}', '{"step":3,"metrics":{}}']
  expect(recordsOf(texts.map((text) => ({ text, offset: 0, bytes: text.length }))).map(({ step }) => step)).toEqual([
    1, 3,
  ])
})

test('controls have the values that they had before their first change', () => {
  const controls = [control('lr', 0.5), control('wd', 0.1), control('momentum', 0.9)]
  const values = (...lines: readonly LedgerLine[]): unknown =>
    startingControls(controls, lines).map(({ current }) => current)
  const first = ledgerLine({ old: { lr: 0.1, wd: [0.3, 0.4] } })
  expect(values(first, ledgerLine({ old: { lr: 0.2 } }))).toEqual([0.1, 0.3, 0.9])
  expect(values(ledgerLine({ old: { lr: [] } }))).toEqual([null, 0.1, 0.9])
  for (const more of [{ decision: 'failed' }, { op: 'set' }, { old: null }] as const)
    expect(values({ ...first, ...more }), JSON.stringify(more)).toEqual([0.5, 0.1, 0.9])
})
