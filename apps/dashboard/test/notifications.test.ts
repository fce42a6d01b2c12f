import { appendFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ask, dashboard, emptyRun, temporaryRoot } from './fixture.ts'

async function startReceiver(): Promise<{ url: string; bodies: string[] }> {
  const bodies: string[] = []
  const server = createServer((request, response) => {
    request.on('data', (chunk) => bodies.push(String(chunk)))
    request.on('end', () => response.end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo // it listens on a port
  return { url: `http://127.0.0.1:${port}/secret-path`, bodies }
}

test('rules, channels and the outcome of messages are shown, without addresses and secrets', async () => {
  const root = temporaryRoot()
  const dir = emptyRun(root, 'run')
  writeFileSync(join(dir, 'hotcb.commands.jsonl'), '')
  const receiver = await startReceiver()
  const env = { HOOK_SECRET: 'signing-secret', XDG_CONFIG_HOME: root }
  const site = await dashboard({ roots: [root], env })
  expect((await ask(site, 'api/runs/run/notifications')).body).toMatchObject({ configured: false, deliveries: [] })
  const yaml = `channels: {hook: {kind: webhook, url: "${receiver.url}", secret: env:HOOK_SECRET}}\nrules: [{on: paused}]\n`
  writeFileSync(join(dir, 'hotcb.notify.yaml'), yaml, { mode: 0o600 })
  const message = { title: 'run: paused', text: 'the run is paused', level: 'info', run: 'run', step: 1, rule: 'paused', phase: 'opened', metric: null, value: null, action: null } // biome-ignore format: one line of a log
  const line = (ts: number, data: object): string =>
    `${JSON.stringify({ kind: 'notify', ts, data: { id: 'a', key: 'paused', channel: 'hook', tries: 0, message: null, reason: null, ref: null, ...data } })}\n`
  appendFileSync(
    join(dir, 'hotcb.notify.jsonl'),
    line(100, { state: 'due', message }) +
      line(101, { state: 'sent', tries: 1 }) +
      line(102, { id: 'b', state: 'due', message }),
  )
  const { status, body } = await ask(site, 'api/runs/run/notifications')
  expect(status).toBe(200)
  expect(body).toMatchObject({
    configured: true,
    problems: [],
    channels: [{ name: 'hook', kind: 'webhook' }],
    rules: [{ id: 'paused', on: 'paused', level: 'info', channels: ['hook'] }],
    deliveries: [
      { id: 'a', ts: 100, changed: 101, state: 'sent', tries: 1, message: { title: 'run: paused' } },
      { id: 'b', state: 'due' },
    ],
  })
  expect(JSON.stringify(body)).not.toMatch(/secret/i)
  const sent = await ask(site, 'api/runs/run/notifications/test', { json: {} })
  expect(sent).toMatchObject({ status: 200, body: { channels: [{ channel: 'hook', ok: true, reason: null }] } })
  expect(JSON.parse(receiver.bodies[0] ?? '')).toMatchObject({ rule: 'test', run: 'run' })
  const unknown = await ask(site, 'api/runs/run/notifications/test', { json: { channels: ['hok'] } })
  expect(unknown.status).toBe(400)
})
