import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isSuspicious, metricNotes } from '../src/shared/metric-notes.ts'
import type { MetricNames, RunRow } from '../src/shared/wire.ts'
import { ask, dashboard, emptyRun, eventually, temporaryRoot } from './fixture.ts'

test('charts report which lines of metrics they leave out, and why', () => {
  const bad_lines = { count: 1, reason: 'it is not JSON' }
  const far = { count: 1, lowest: 1e12, highest: 1e12 }
  expect(metricNotes({ far_steps: far, bad_lines })).toEqual([
    '1 line of metrics at step 1e12 is far from all others and is not shown.',
    '1 line of metrics cannot be read: it is not JSON.',
  ])
  const more = { far_steps: { count: 3, lowest: -5e9, highest: 1e12 }, bad_lines: { ...bad_lines, count: 2 } }
  expect(metricNotes(more)).toEqual([
    '3 lines of metrics at steps from -5e9 to 1e12 are far from all others and are not shown.',
    '2 lines of metrics cannot be read; the reason for the first: it is not JSON.',
  ])
  expect(metricNotes({ far_steps: null, bad_lines: null })).toEqual([])
})

test('a step that is far from the known ones is not accepted immediately', () => {
  const extent = { first: 0, last: 399 }
  expect([400, 900, 40_000, 1e12, -1, -50_000].map((step) => isSuspicious(step, extent))).toEqual([
    false,
    false,
    false,
    true,
    false,
    true,
  ])
})

test('lines with absurd steps ruin neither the row of a run nor its charts nor its sparkline', async () => {
  const root = temporaryRoot()
  const dir = emptyRun(root, 'run')
  const line = (step: number | string) => `{"step":${step},"metrics":{"loss":0.5}}\n`
  const lines = Array.from({ length: 100 }, (_, step) => line(step)).join('')
  appendFileSync(join(dir, 'hotcb.metrics.jsonl'), lines + line('1e300') + line(1e12))
  const site = await dashboard({ roots: [root] })
  const row = await eventually(async () => {
    const { runs } = (await ask(site, 'api/runs')).body as { runs: RunRow[] }
    return runs.find(({ step }) => step !== null)
  })
  expect([row.step, row.problem]).toEqual([99, null])
  const names = (await ask(site, 'api/runs/run/metrics')).body as MetricNames
  expect(names).toMatchObject({
    first_step: 0,
    last_step: 99,
    far_steps: { count: 1, lowest: 1e12, highest: 1e12 },
    bad_lines: { count: 1, reason: '`step` must be a number within 9007199254740991 of 0, got 1e+300' },
  })
  const { body } = await ask(site, 'api/runs/run/metrics/windows', {
    json: { requests: [{ name: 'loss', pixels: 10 }] },
  })
  expect(body).toMatchObject({ windows: [{ count: 100, buckets: { count: Array.from({ length: 10 }, () => 10) } }] })
})
