import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { AlertsDocument } from '../src/shared/alerts.ts'
import { ask, dashboard, emptyRun, eventually, listen, temporaryRoot } from './fixture.ts'

const MESSAGE = {
  ...{ title: 'run: val_loss too high', text: '4.5 > 3', level: 'warning', run: 'run', step: 7, rule: 'high' },
  ...{ phase: 'opened', metric: 'val_loss', value: 4.5, action: null },
}

/** Writes a line as a notifier does when a rule fires. */
function edge(dir: string, ts: number, phase: string, more: object = {}): void {
  const data = { key: 'high', phase, step: 7, message: phase === 'opened' ? MESSAGE : null, ...more }
  appendFileSync(join(dir, 'hotcb.notify.jsonl'), `${JSON.stringify({ kind: 'edge', ts, data })}\n`)
}

function watched(): { readonly root: string; readonly dir: string } {
  const root = temporaryRoot()
  const dir = emptyRun(root, 'run')
  writeFileSync(join(dir, 'hotcb.metrics.jsonl'), '{"step":7,"metrics":{"val_loss":4.5}}\n')
  return { root, dir }
}

test('alerts have metric, value and step, and a server records who acknowledged one, also for the next server', async () => {
  const { root, dir } = watched()
  edge(dir, 100, 'opened')
  edge(dir, 200, 'recovered')
  edge(dir, 300, 'opened')
  const site = await dashboard({ roots: [root] })
  const { body } = await ask(site, 'api/runs/run/alerts')
  const alert = { title: 'val_loss too high', text: '4.5 > 3', metric: 'val_loss', value: 4.5, step: 7 }
  expect(body).toMatchObject({
    alerts: [
      { id: 'high@300', ended: null, acknowledged: null, ...alert },
      { id: 'high@100', ended: 200, acknowledged: null },
    ],
    watched: false,
    problem: null,
  })
  const acknowledge = { json: { ids: ['high@300'], author: 'ada' } }
  const answer = await ask(site, 'api/runs/run/alerts/acknowledge', acknowledge)
  expect(answer).toMatchObject({ status: 200, body: { alerts: [{ acknowledged: { by: 'ada' } }, {}] } })
  // The first person who saw the alert stays recorded.
  await ask(site, 'api/runs/run/alerts/acknowledge', { json: { ids: ['high@300'], author: 'bob' } })
  expect((await ask(site, 'api/runs/run/alerts/acknowledge', { json: { ids: ['high@9'] } })).status).toBe(404)
  const next = await dashboard({ roots: [root] })
  const { alerts } = (await ask(next, 'api/runs/run/alerts')).body as AlertsDocument
  expect(alerts.map(({ acknowledged }) => acknowledged?.by)).toEqual(['ada', undefined])
})

test('the row of a run counts alerts that no one has acknowledged, and the socket sends the new ones', async () => {
  const { root, dir } = watched()
  edge(dir, 100, 'opened')
  edge(dir, 150, 'opened', { key: 'nan x', message: { ...MESSAGE, level: 'critical', title: 'run: x is not finite' } })
  const site = await dashboard({ roots: [root] })
  const row = async (): Promise<unknown> => {
    const { rows } = (await ask(site, 'api/table', { json: {} })).body as { rows: { row: { alerts: unknown } }[] }
    return rows[0]?.row.alerts
  }
  const newest = { id: 'nan x@150', title: 'x is not finite', text: '4.5 > 3' }
  await eventually(async () => ((await row()) as { count: number } | null)?.count === 2 || undefined)
  expect(await row()).toEqual({ count: 2, level: 'critical', newest })
  const socket = await listen(site)
  socket.send({ type: 'subscribe', run: 'run', channel: 'alerts' })
  const counts = (count: number) => (message: { type: string; data?: unknown }) =>
    message.type === 'data' && (message.data as AlertsDocument).alerts.length === count
  await socket.until(counts(2))
  edge(dir, 200, 'recovered')
  edge(dir, 250, 'opened')
  await socket.until(counts(3))
  await ask(site, 'api/runs/run/alerts/acknowledge', { json: { ids: ['nan x@150', 'high@100', 'high@250'] } })
  await eventually(async () => (await row()) === null || undefined)
})

test('rules of the page are checked like those of the file, and two people do not overwrite each other’s rules', async () => {
  const { root, dir } = watched()
  const site = await dashboard({ roots: [root] })
  const put = (json: object) => ask(site, 'api/runs/run/alerts/rules', { method: 'PUT', json })
  const wrong = await put({ id: 'mine', version: null, on: 'gt', metric: 'val_loss' })
  expect(wrong).toMatchObject({ status: 400, body: { error: { message: '`gt` needs `value`' } } })
  expect((await put({ id: 'mine', version: null, when: 'val_loss >' })).status).toBe(400)
  expect(existsSync(join(dir, 'hotcb.alerts.json'))).toBe(false)
  const rule = { id: 'mine', on: 'gt', metric: 'val_loss', value: 3, author: 'ada' }
  const saved = await put({ ...rule, version: null })
  expect(saved.status).toBe(200)
  expect((saved.body as AlertsDocument).rules.map(({ what, own }) => [what, own])).toEqual([
    ['nan *', null],
    ['lost', null],
    ['silent', null],
    ['plateau', null],
    ['gt val_loss 3', { author: 'ada', version: 1 }],
  ])
  expect(await put({ ...rule, version: null })).toMatchObject({ status: 409, body: { error: { code: 'changed' } } })
  expect((await put({ ...rule, value: 4, version: 1 })).status).toBe(200)
  expect(JSON.parse(readFileSync(join(dir, 'hotcb.alerts.json'), 'utf8'))).toEqual({
    protocol: 1,
    rules: { mine: { on: 'gt', metric: 'val_loss', value: 4, author: 'ada', rev: 2, writers: expect.any(Object) } },
  })
  const remove = (version: number) =>
    ask(site, 'api/runs/run/alerts/rules', { method: 'DELETE', json: { id: 'mine', version } })
  expect((await remove(1)).status).toBe(409)
  expect(((await remove(2)).body as AlertsDocument).rules).toHaveLength(4)
  expect((await remove(2)).status).toBe(404)
})
