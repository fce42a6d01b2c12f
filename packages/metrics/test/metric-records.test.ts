import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type BadMetricLine, latestMetrics, metricRecords } from '../src/node.ts'
import { temporaryDirectory } from './directory.ts'

test('records are in the order of the file, can be iterated repeatedly, and malformed lines are reported', () => {
  const runDir = temporaryDirectory()
  const path = join(runDir, 'hotcb.metrics.jsonl')
  writeFileSync(
    path,
    '{"step":1,"metrics":{"a":1,"b":NaN,"c":"x"}}\r\n{"step":"2"}\n{"step":1,"epoch":2,"metrics":{"a":3}}\n{"st',
  )
  const bad: BadMetricLine[] = []
  const records = metricRecords(runDir, (line) => bad.push(line))
  const expected = [
    { step: 1, epoch: null, wall_time: null, metrics: { a: 1, b: null } },
    { step: 1, epoch: 2, wall_time: null, metrics: { a: 3 } },
  ]
  expect([...records]).toEqual(expected)
  expect(bad).toEqual([{ offset: 46, reason: '`step` must be a number within 9007199254740991 of 0, got "2"' }])
  appendFileSync(path, 'ep":5,"metrics":{}}\n{"step":6,"wall_time":7.5,"metrics":{}}\n')
  expect([...records].slice(2)).toEqual([
    { step: 5, epoch: null, wall_time: null, metrics: {} },
    { step: 6, epoch: null, wall_time: 7.5, metrics: {} },
  ])
})

test('a run without metrics has no records and no latest values', () => {
  const runDir = temporaryDirectory()
  expect([...metricRecords(runDir)]).toEqual([])
  expect(latestMetrics(runDir)).toBeUndefined()
})

test('the latest metrics are the last written ones, including those of rare names', () => {
  const runDir = temporaryDirectory()
  const lines = Array.from({ length: 5000 }, (_, step) => {
    const metrics = step % 100 === 0 ? { loss: step, val: -step } : step === 3 ? { once: 1 } : { loss: step }
    return `${JSON.stringify({ step, epoch: 1, wall_time: 1000 + step, metrics })}\n`
  })
  writeFileSync(
    join(runDir, 'hotcb.metrics.jsonl'),
    `${lines.join('')}{"step":4000,"metrics":{"loss":null}}\nrubbish\n`,
  )
  expect(latestMetrics(runDir)).toEqual({
    step: 4000,
    epoch: null,
    wallTime: null,
    metrics: { loss: { step: 4000, value: null }, val: { step: 4900, value: -4900 } },
  })
})
