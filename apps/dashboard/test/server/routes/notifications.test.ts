import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { emptyRun, temporaryRoot } from '../../fixture.ts'
import { type Answer, refused, type Served, serve } from './served.ts'

const body = ({ status, body }: Answer): unknown => [status, body]

/** A dashboard of one run, `run`, with a notification config if `yaml` is given. */
function notifying(yaml?: string, own: Partial<Served['site']> = {}) {
  const root = temporaryRoot()
  const dir = emptyRun(root, 'run')
  writeFileSync(join(dir, 'hotcb.commands.jsonl'), '')
  if (yaml !== undefined) writeFileSync(join(dir, 'hotcb.notify.yaml'), yaml, { mode: 0o600 })
  return { ...serve({ root, site: { env: { XDG_CONFIG_HOME: root, HOOK_SECRET: 's' }, ...own } }), dir }
}

/** A log of messages that were sent. */
function log(dir: string, ...lines: readonly object[]): void {
  const text = lines.map((data) => `${JSON.stringify({ kind: 'notify', ts: 100, data: { key: 'k', channel: 'hook', tries: 0, message: null, reason: null, ref: null, ...data } })}\n`) // biome-ignore format: one line of a log
  writeFileSync(join(dir, 'hotcb.notify.jsonl'), `no JSON\n[1]\n${text.join('')}`)
}

const MESSAGE = { title: 'paused', text: 't', level: 'info', run: 'run', step: 1, rule: 'paused', phase: 'opened', metric: null, value: null, action: null } // biome-ignore format: one line
const GET = '/api/runs/run/notifications'
const TEST = '/api/runs/run/notifications/test'
const HOOK = 'channels: {hook: {kind: webhook, url: "http://127.0.0.1:9/secret-path", secret: env:HOOK_SECRET}}\nrules: [{on: paused}]\n' // biome-ignore format: a file

test('a run without a config has no channels, and no test message can be sent', async () => {
  const { ask } = notifying()
  const nothing = { configured: false, problems: [], channels: [], rules: [], deliveries: [] }
  expect(body(await ask(GET))).toEqual([200, nothing])
  expect(body(await ask(TEST, { json: {} }))).toEqual([
    409,
    refused('unavailable', 'no notifications are configured for this run'),
  ])
})

test('a config with a mistake is reported with its place, but only to the owner', async () => {
  const yaml = 'channels: {hook: {kind: carrier}}\n'
  const { ask, site } = notifying(yaml)
  const { status, body: own } = await ask(GET)
  const problem = expect.stringMatching(/hotcb\.notify\.yaml:1:\d+: /)
  expect([status, own]).toMatchObject([200, { configured: true, channels: [], rules: [], deliveries: [] }])
  const { problems } = own as { readonly problems: readonly string[] }
  expect(problems[0]).toEqual(problem)
  expect(body(await ask(TEST, { json: {} }))).toEqual([409, refused('unavailable', problems[0] ?? '')])
  const judge = () => ({ person: { user: 'vera', role: 'viewer' as const } })
  const viewed = notifying(yaml, { guard: { ...site.guard, judge } })
  expect(body(await viewed.ask(GET))).toEqual([
    200,
    {
      ...{ configured: true, channels: [], rules: [], deliveries: [] },
      problems: ['the configuration cannot be used'],
    },
  ])
})

test('channels and rules are shown without addresses and secrets', async () => {
  const { ask } = notifying(HOOK)
  const answer = await ask(GET)
  expect(answer.body).toMatchObject({
    configured: true,
    problems: [],
    channels: [{ name: 'hook', kind: 'webhook' }],
    rules: [{ id: 'paused', on: 'paused', metric: null, value: null, when: null, level: 'info', channels: ['hook'] }],
    quiet: null,
    quiet_text: null,
    per_hour: expect.any(Number),
  })
  expect(JSON.stringify(answer.body)).not.toMatch(/secret/i)
  const { channels } = answer.body as { readonly channels: readonly object[] }
  expect(Object.keys(channels[0] ?? {})).toEqual(['name', 'kind'])
})

test('the newest 200 messages are shown, oldest first; one whose beginning is not in the log is left out', async () => {
  const { ask, dir } = notifying(HOOK)
  const due = Array.from({ length: 201 }, (_, i) => ({ id: `m${i}`, state: 'due', message: MESSAGE }))
  log(dir, ...due, { id: 'm200', state: 'sent', tries: 1 }, { id: 'unknown', state: 'sent' })
  const { deliveries } = (await ask(GET)).body as { readonly deliveries: readonly { readonly id: string }[] }
  expect(deliveries.map(({ id }) => id)).toEqual(due.slice(1).map(({ id }) => id))
  expect(deliveries.at(-1)).toMatchObject({ id: 'm200', state: 'sent', tries: 1, message: MESSAGE })
})

test('a test message goes to the named channels, or to all of them, and its text states that it is one', async () => {
  const bodies: unknown[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk) => {
      text += String(chunk)
    })
    request.on('end', () => {
      bodies.push([request.url, JSON.parse(text)])
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo // it listens on a port
  const hook = (name: string): string => `${name}: {kind: webhook, url: "http://127.0.0.1:${port}/${name}", secret: env:HOOK_SECRET}` // biome-ignore format: a file
  const { ask } = notifying(`channels:\n  ${hook('one')}\n  ${hook('two')}\nrules: [{on: paused}]\n`)
  const sent = (channel: string) => ({ channel, ok: true, reason: null })
  expect(body(await ask(TEST, { json: { channels: ['two'] } }))).toEqual([200, { channels: [sent('two')] }])
  expect(bodies).toEqual([
    [
      '/two',
      expect.objectContaining({
        ...{ title: 'hotcb: test message', text: 'Messages about your runs will look like this.', level: 'info' },
        ...{ run: 'run', step: null, rule: 'test', phase: 'test', metric: null, value: null },
      }),
    ],
  ])
  expect(body(await ask(TEST, { json: {} }))).toEqual([200, { channels: [sent('one'), sent('two')] }])
  expect(body(await ask(TEST, { json: { channels: ['one', 'three'] } }))).toEqual([400, refused('bad_request', 'no channel `three`')]) // biome-ignore format: one line
  expect(bodies.length).toBe(3)
})

test('a test message counts as ten commands', async () => {
  const costs: number[] = []
  const take = (_: string, cost: number): boolean => costs.push(cost) < 0
  const { ask } = notifying(HOOK, { commandRate: { take } as unknown as Served['site']['commandRate'] })
  expect((await ask(TEST, { json: {} })).status).toBe(429)
  expect(costs).toEqual([10])
})
