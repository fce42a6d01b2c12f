import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exportHeader } from '../../../src/server/csv.ts'
import { refused, type Served, serve } from './served.ts'

const LINES = [
  { step: 1, metrics: { loss: 3, '=sum': 0.5 } },
  { step: 2, metrics: { loss: null, 'a,"b"': 1 } },
  { step: 3, metrics: { loss: 1 } },
]
const text = (lines: readonly object[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('')

/** A dashboard with one run, `r`, which has these files. */
function withRun(files: Readonly<Record<string, string>> = { 'hotcb.metrics.jsonl': text(LINES) }): Served {
  const served = serve()
  mkdirSync(join(served.root, 'r'))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(served.root, 'r', name), content)
  return served
}

test.each([
  ['', 'step,name,value\n1,loss,3\n1,\'=sum,0.5\n2,loss,\n2,"a,""b""",1\n3,loss,1\n'],
  ['?name=loss', 'step,name,value\n1,loss,3\n2,loss,\n3,loss,1\n'],
  ['?name=loss&from=2', 'step,name,value\n2,loss,\n3,loss,1\n'],
  ['?name=loss&to=2', 'step,name,value\n1,loss,3\n2,loss,\n'],
  ['?name=loss&from=2&to=2', 'step,name,value\n2,loss,\n'],
  ['?name=none', 'step,name,value\n'],
])('the export %s has these lines', async (query, expected) => {
  const { status, body, headers } = await withRun().ask(`/api/runs/r/metrics/export${query}`)
  expect([status, body, headers.get('content-type')]).toEqual([200, expected, 'text/csv; charset=utf-8'])
})

test.each([
  ['r', undefined, 'r-metrics.csv', 'r-metrics.csv'],
  ['r', ['loss'], 'r-loss.csv', 'r-loss.csv'],
  ['r', ['val/loss', 'b', 'c'], 'r-val-loss-and-2-more.csv', 'r-val-loss-and-2-more.csv'],
  ['lauf-ä', ['x'], 'lauf---x.csv', 'lauf-%C3%A4-x.csv'],
  ['x'.repeat(130), undefined, `${'x'.repeat(120)}.csv`, `${'x'.repeat(120)}.csv`],
])('the export of %s with the metrics %j is a file', (run, names, plain, encoded) => {
  const header = exportHeader(run, names && new Set(names))
  expect(header).toBe(`attachment; filename="${plain}"; filename*=UTF-8''${encoded}`)
})

test('sparklines are those of the requested runs, with the requested metric or the key metric', async () => {
  const { ask, site } = withRun()
  await site.registry.refresh(60_000)
  const loss = { name: 'loss', steps: [1, 2, 3], values: [3, null, 1] }
  expect((await ask('/api/sparklines?id=r&id=none&metric=loss')).body).toEqual({ sparklines: { r: loss } })
  expect((await ask('/api/sparklines?id=r')).body).toEqual({ sparklines: { r: loss } })
  expect((await ask('/api/sparklines?id=r&metric=none')).body).toEqual({
    sparklines: { r: { name: 'none', steps: [], values: [] } },
  })
})

test('the list of runs is complete once each row has been read', async () => {
  const { ask } = withRun()
  await expect
    .poll(async () => (await ask('/api/runs')).body)
    .toMatchObject({ runs: [{ id: 'r', step: 3 }], complete: true, problems: [] })
  expect((await ask('/api/runs/none')).body).toEqual(refused('not_found', 'run `none` does not exist'))
  expect((await ask('/api/runs/r/callbacks')).body).toEqual({ callbacks: {} })
  expect((await ask('/api/runs/r/controls')).body).toEqual({ controls: [] })
})

test('the log ends with its last lines, and has the position from which to follow it', async () => {
  const log = 'one\ntwo\nthree\n'
  const { ask } = withRun({ 'hotcb.metrics.jsonl': '', 'hotcb.log': log })
  const all = { lines: ['one', 'two', 'three'], cursor: expect.any(String), size: log.length }
  expect((await ask('/api/runs/r/log')).body).toEqual(all)
  expect((await ask('/api/runs/r/log?limit=2')).body).toEqual({ ...all, lines: ['two', 'three'] })
  const none = await withRun().ask('/api/runs/r/log')
  expect(none.body).toEqual({ lines: [], cursor: expect.any(String), size: 0 })
})

test('bodies of other types and malformed bodies are refused', async () => {
  const { ask } = withRun()
  const post = (body: string, type = 'application/json'): ReturnType<Served['ask']> =>
    ask('/api/runs/r/metrics/stats', { method: 'POST', body, headers: { 'content-type': type } })
  expect(await post('{}', 'text/plain')).toMatchObject({
    status: 400,
    body: refused('bad_request', '`Content-Type` must be application/json'),
  })
  expect((await post('{')).body).toMatchObject({
    error: { message: expect.stringMatching(/^the body is not JSON: \S/) },
  })
  expect((await post('[]')).status).toBe(400)
})
