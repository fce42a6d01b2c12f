import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { buildProgram, type Ended, hotcb, start, temporaryDirectory } from './program.ts'
import { buildTrainer, removeTrainer, startTrainer } from './trainer.ts'

beforeAll(async () => {
  buildProgram()
  await buildTrainer()
})
afterAll(removeTrainer)

interface Receiver {
  readonly url: string
  /** The bodies that arrived. */
  readonly bodies: { readonly rule: string; readonly title: string; readonly text: string; readonly phase: string }[]
  status: number
}

async function startReceiver(): Promise<Receiver> {
  const receiver: Receiver = { url: '', bodies: [], status: 200 }
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      receiver.bodies.push(JSON.parse(body))
      response.writeHead(receiver.status)
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo // it listens on a port
  return Object.assign(receiver, { url: `http://127.0.0.1:${port}` })
}

/** A run directory with a configuration. */
function configured(yaml: string, mode = 0o600): string {
  const dir = join(temporaryDirectory(), 'exp-001')
  mkdirSync(dir)
  writeFileSync(join(dir, 'hotcb.yaml'), 'version: 1\n')
  writeFileSync(join(dir, 'hotcb.notify.yaml'), yaml, { mode })
  return dir
}

const ENV = { HOOK_SECRET: 'signing-secret', XDG_CONFIG_HOME: '/nowhere', XDG_STATE_HOME: '' }

function notify(dir: string, ...words: readonly string[]): Promise<Ended> {
  return hotcb(['--dir', dir, 'notify', ...words], { env: { ...ENV, XDG_STATE_HOME: dir } })
}

function yamlFor({ url }: Receiver, rules = '  - {on: paused}\n'): string {
  return `channels:\n  hook: {kind: webhook, url: "${url}/", secret: env:HOOK_SECRET}\n  here: {kind: terminal}\nrules:\n${rules}`
}

describe('hotcb notify', () => {
  test('rules shows channels and rules as parsed, or every problem', async () => {
    const dir = configured(
      yamlFor(
        { url: 'https://example.org', bodies: [], status: 200 },
        '  - {on: gt, metric: loss, value: 3, for: 2m, channels: [hook]}\n',
      ),
    )
    const shown = await notify(dir, 'rules')
    expect(shown.code).toBe(0)
    expect(shown.out.split('\n').slice(1)).toEqual([
      'hook  webhook',
      'here  terminal',
      'gt loss  warning  gt loss 3  for 2m, again after 1h  hook',
      '',
    ])
    const wrong = configured('channels:\n  here: {kind: terminl}\nrules:\n  - {on: pausd}\n')
    const refused = await notify(wrong, 'rules')
    expect(refused.code).toBe(1)
    expect(refused.err).toContain('hotcb.notify.yaml:2:16: `kind` does not know "terminl": did you mean `terminal`?')
    expect(refused.err).toContain('hotcb.notify.yaml:4:10: `on` does not know "pausd": did you mean `paused`?')
    expect(refused.err).not.toContain('    at ')
    const open = await notify(
      configured(yamlFor({ url: 'https://example.org', bodies: [], status: 200 }), 0o644),
      'rules',
    )
    expect([open.code, open.err]).toEqual([1, expect.stringContaining('(mode 0644): `chmod 600` makes it private')])
    const none = await notify(temporaryDirectory(), 'rules')
    expect([none.code, none.err]).toEqual([1, expect.stringContaining('no notifications are configured')])
  })

  test('test and send print the answer of each channel', async () => {
    const receiver = await startReceiver()
    const dir = configured(yamlFor(receiver))
    const sent = await notify(dir, 'test')
    expect([sent.code, sent.out]).toEqual([0, expect.stringMatching(/hook {2}sent\nhere {2}sent\n$/)])
    expect(sent.out).toContain('hotcb: test message')
    expect(receiver.bodies).toMatchObject([{ rule: 'test', title: 'hotcb: test message' }])
    expect((await notify(dir, 'send', '--to', 'hook', '--title', 'Data', 'it', 'is ready')).code).toBe(0)
    expect(receiver.bodies[1]).toMatchObject({ title: 'Data', text: 'it is ready' })
    receiver.status = 500
    const failed = await notify(dir, 'test', 'hook', '--json')
    expect(failed.code).toBe(1)
    expect(JSON.parse(failed.out)).toEqual({ channels: [{ channel: 'hook', ok: false, reason: 'answer 500' }] })
    const unknown = await notify(dir, 'test', 'hok')
    expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining('no channel `hok`: did you mean `hook`?')])
    const unset = await hotcb(['--dir', dir, 'notify', 'test'], { env: { XDG_STATE_HOME: dir, HOOK_SECRET: '' } })
    expect([unset.code, unset.err]).toEqual([
      1,
      expect.stringContaining('channel `hook`: the environment variable `HOOK_SECRET` is not set'),
    ])
  })

  test('run watches a run exclusively and logs the messages that it sent', async () => {
    const receiver = await startReceiver()
    const dir = configured(yamlFor(receiver))
    await startTrainer(dir)
    const child = start(['--dir', dir, 'notify', 'run'], { env: { ...ENV, XDG_STATE_HOME: dir } })
    onTestFinished(() => void child.kill('SIGKILL'))
    const ended = new Promise((resolve) => child.once('exit', resolve))
    await new Promise((resolve) => child.stderr?.once('data', resolve))
    const second = await notify(dir, 'run')
    expect([second.code, second.err]).toEqual([
      1,
      expect.stringMatching(/is held by notifier \(process \d+.*--take-over/s),
    ])
    await hotcb(['--dir', dir, 'pause'])
    await vi.waitFor(() => expect(receiver.bodies).toHaveLength(1), 30_000)
    expect(receiver.bodies[0]).toMatchObject({ rule: 'paused', title: 'exp-001: paused', phase: 'opened' })
    child.kill('SIGINT')
    expect(await ended).toBe(130)
    const log = await notify(dir, 'log')
    expect(
      log.out
        .trimEnd()
        .split('\n')
        .map((line) => line.replace(/^\S+ \S+ +/, '')),
    ).toEqual(['hook  sent  exp-001: paused', 'here  sent  exp-001: paused'])
    const json = await notify(dir, 'log', '--json')
    expect(JSON.parse(json.out.split('\n')[0] ?? '')).toMatchObject({
      channel: 'hook',
      state: 'sent',
      tries: 1,
      message: { rule: 'paused' },
    })
  })

  test('run --root watches each run with a live trainer, by its own configuration', async () => {
    const receiver = await startReceiver()
    const root = temporaryDirectory()
    const [one, two, dead] = ['one', 'two', 'dead'].map((name) => {
      const dir = join(root, name)
      mkdirSync(dir)
      writeFileSync(join(dir, 'hotcb.notify.yaml'), yamlFor(receiver, `  - {on: paused, id: ${name}}\n`), {
        mode: 0o600,
      })
      writeFileSync(join(dir, 'hotcb.yaml'), 'version: 1\n')
      return dir
    })
    if (one === undefined || two === undefined || dead === undefined) throw new Error('three directories')
    await Promise.all([startTrainer(one), startTrainer(two)])
    const child = start(['notify', 'run', '--root', root], { env: { ...ENV, XDG_STATE_HOME: root } })
    onTestFinished(() => void child.kill('SIGKILL'))
    // Each run has been read for the first time.
    const logOf = (dir: string): string => readFileSync(join(dir, 'hotcb.notify.jsonl'), 'utf8')
    await vi.waitFor(() => expect([one, two].every((dir) => logOf(dir).includes('"seen"'))).toBe(true), 30_000)
    await Promise.all([hotcb(['--dir', one, 'pause']), hotcb(['--dir', two, 'pause'])])
    await vi.waitFor(() => expect(receiver.bodies.map(({ rule }) => rule).sort()).toEqual(['one', 'two']), 30_000)
    expect(existsSync(join(dead, 'hotcb.notify.jsonl'))).toBe(false)
  })
})
