import type { ShownMetrics } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { createSaveCost, type SaveCost } from '../../src/node/save-cost.ts'
import { ledgerLine } from '../support.ts'

const record = (step: number, ms: number | null): ShownMetrics => ({
  ...{ step, epoch: null, wallTime: ms === null ? null : ms / 1000, metrics: {} },
})

/** A cost after the records of eleven steps of a second each; the last of them is step 10, at ten seconds. */
function costOf(...records: readonly ShownMetrics[]): SaveCost {
  const cost = createSaveCost()
  cost.watch([...Array.from({ length: 11 }, (_, step) => record(step, 1000 * step)), ...records])
  return cost
}

const saved = (step: number): Parameters<SaveCost['answered']>[0] => ledgerLine({ payload: { step } })

test('the cost of a save is the time by which the gap around its step exceeds the usual one, reported once', () => {
  const cost = costOf()
  expect(cost.take()).toBeNull()
  cost.asked()
  cost.watch([record(11, 11_500)])
  expect(cost.take()).toBeNull()
  cost.answered(saved(11))
  expect([cost.take(), cost.take()]).toEqual([500, null])
})

test('only the records of the steps before and after the save count', () => {
  const around = (at: number): unknown => {
    const cost = costOf()
    cost.asked()
    cost.watch([record(11, 11_500), record(12, 12_500), record(13, 13_500), record(14, 14_500)])
    cost.answered(saved(at))
    return cost.take()
  }
  expect([10, 11, 12, 13, 14].map(around)).toEqual([0, 500, 500, 0, 0])
  const late = costOf()
  late.asked()
  late.watch([record(11, 11_500)])
  late.answered(saved(12))
  expect(late.take()).toBeNull()
  late.watch([record(12, 12_600)])
  expect(late.take()).toBe(500)
})

test('a save that was refused, or whose step is not known, costs nothing, and later gaps count as usual', () => {
  for (const line of [
    ledgerLine({ decision: 'failed', payload: { step: 11 } }),
    ledgerLine({ payload: {} }),
    ledgerLine({}),
  ]) {
    const cost = costOf()
    cost.asked()
    cost.answered(line)
    cost.watch([record(11, 12_000)])
    expect(cost.take()).toBeNull()
    cost.asked()
    // The usual time has moved a sixteenth closer to two seconds.
    cost.watch([record(12, 13_562.5)])
    cost.answered(saved(12))
    expect(cost.take()).toBeCloseTo(500, 6)
  }
})

test('the usual time follows the records, but an interruption overnight does not count as a usual step', () => {
  const over = (before: number): unknown => {
    const cost = costOf(record(11, 10_000 + before))
    cost.asked()
    cost.watch([record(12, 10_000 + before + 2000)])
    cost.answered(saved(12))
    return Number(cost.take())
  }
  expect([over(1000), over(2000)]).toEqual([expect.closeTo(1000, 6), expect.closeTo(1000 - 1000 / 16, 6)])
  expect([over(4000), over(1e9)]).toEqual([expect.closeTo(1000 - 3000 / 16, 6), expect.closeTo(1000 - 3000 / 16, 6)])
})

test('a gap of several steps is compared with the usual time of that many steps', () => {
  const cost = costOf(record(20, 20_000))
  cost.asked()
  cost.watch([record(24, 24_700)])
  cost.answered(saved(22))
  expect(cost.take()).toBe(700)
})

test('records of the same step, without a time, or after a rewind do not form gaps', () => {
  const cost = costOf()
  cost.asked()
  cost.watch([record(10, 15_000), record(11, null), record(5, 40_000), record(6, 41_250)])
  cost.answered(saved(6))
  expect(cost.take()).toBe(250)
  const same = costOf()
  same.asked()
  same.watch([record(10, 15_000), record(11, 11_250)])
  same.answered(saved(11))
  expect(same.take()).toBe(250)
})

test('a save that was faster than usual costs nothing', () => {
  const cost = costOf()
  cost.asked()
  cost.watch([record(11, 10_500)])
  cost.answered(saved(11))
  expect(cost.take()).toBe(0)
})

test('a new save discards the gaps of the previous one, and at most a thousand are kept', () => {
  const again = costOf()
  again.asked()
  again.watch([record(11, 11_500)])
  again.asked()
  again.watch([record(12, 12_500)])
  again.answered(saved(12))
  expect(again.take()).toBe(0)
  const many = (gaps: number): unknown => {
    const cost = costOf()
    cost.asked()
    cost.watch([record(11, 11_500)])
    cost.watch(Array.from({ length: gaps - 1 }, (_, i) => record(12 + i, 12_500 + 1000 * i)))
    cost.answered(saved(11))
    return cost.take()
  }
  expect([many(1000), many(1001)]).toEqual([500, 0])
})
