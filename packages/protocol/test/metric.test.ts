import { expect, test } from 'vitest'
import { formatMetricRecord, isStep, metricValue, readMetricRecord, readShownMetrics } from '../src/index.ts'

test('a metric record is written as one line, and reads back', () => {
  const record = { step: 3, epoch: 1, wall_time: 2.5, metrics: { loss: 0.5, bad: null }, hp: { lr: 0.1 } }
  const line = formatMetricRecord(record)
  expect(line).toBe('{"step":3,"epoch":1,"wall_time":2.5,"metrics":{"loss":0.5,"bad":null},"hp":{"lr":0.1}}\n')
  expect(readMetricRecord(JSON.parse(line))).toEqual({ ok: true, value: record })
})

test('what a short record leaves out is null, and has no `hp`', () => {
  expect(formatMetricRecord({ step: 0, metrics: { loss: Number.NaN } })).toBe(
    '{"step":0,"epoch":null,"wall_time":null,"metrics":{"loss":null}}\n',
  )
  expect(readMetricRecord({ step: 0, metrics: {} })).toEqual({
    ok: true,
    value: { step: 0, epoch: null, wall_time: null, metrics: {} },
  })
})

test('values that are not finite are read as null, and a wrong step is refused', () => {
  expect(readMetricRecord({ step: 1, epoch: Number.NaN, metrics: { loss: Number.POSITIVE_INFINITY } })).toEqual({
    ok: true,
    value: { step: 1, epoch: null, wall_time: null, metrics: { loss: null } },
  })
  expect(readMetricRecord({ step: 1, wall_time: 'x', metrics: {} })).toMatchObject({ ok: false })
  expect(readMetricRecord({ step: 1.5, metrics: {} })).toMatchObject({ ok: false })
  expect(readMetricRecord({ step: 1 })).toMatchObject({ ok: false })
})

test('for display, steps may be fractions, and values of any type are kept', () => {
  expect(readShownMetrics({ step: 1.5, epoch: 'x', wall_time: 3, metrics: { note: 'a' } })).toEqual({
    ok: true,
    value: { step: 1.5, epoch: null, wallTime: 3, metrics: { note: 'a' } },
  })
  expect(readShownMetrics(3)).toEqual({ ok: false, reason: 'a metric record must be an object, got 3' })
  expect(readShownMetrics({ step: 1, metrics: [] })).toEqual({
    ok: false,
    reason: '`metrics` must be an object of numbers, got []',
  })
  expect(readShownMetrics({ step: 2 ** 53, metrics: {} })).toEqual({
    ok: false,
    reason: '`step` must be a number within 9007199254740991 of 0, got 9007199254740992',
  })
})

test('steps can be counted up to 2^53 - 1', () => {
  expect([0, -1, 2 ** 53 - 1, 2 ** 53, Number.NaN, '1', null].map(isStep)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
    false,
  ])
})

test('a metric for display is a number, null or nothing', () => {
  expect([1.5, true, false, null, Number.NaN, 'a', undefined].map(metricValue)).toEqual([
    1.5,
    1,
    0,
    null,
    null,
    undefined,
    undefined,
  ])
})
