import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { addToken } from '@hotcb/dashboard'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { Client as FirstClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as FirstTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import { buildPrograms, HOTCB } from './built-program.ts'

beforeAll(buildPrograms)

const children: ChildProcess[] = []
const dirs: string[] = []
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  // The notifier of a killed server writes one last line. Of the variants of `rm`, only the asynchronous one lists the directory again for
  // each attempt.
  for (const dir of dirs.splice(0)) await rm(dir, { recursive: true, force: true, maxRetries: 20 })
})

const { HOTCB_DIR: _, HOTCB_TOKEN: __, HOTCB_TOKENS: ___, ...ENV } = process.env

/** Starts a program and returns its first line. */
async function start(...args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [HOTCB, ...args], { stdio: ['ignore', 'pipe', 'inherit'], env: ENV })
  children.push(child)
  const [line] = await once(createInterface(child.stdout), 'line')
  return String(line)
}

/** Starts a training run that waits for changes, and a dashboard for a viewer, an operator and an owner. */
async function team(...words: readonly string[]) {
  const root = mkdtempSync(join(tmpdir(), 'hotcb-mcp-'))
  dirs.push(root)
  mkdirSync(join(root, 'runs'))
  const dir = join(root, 'runs/a')
  await start('demo', '--dir', dir, '--max-steps', '100000000', '--step-delay', '0.01')
  const tokens = join(root, 'team.json')
  const token = (name: string, role: string): string => addToken(tokens, name, role).token
  const people = { viewer: token('vera', 'viewer'), operator: token('otto', 'operator'), owner: token('olga', 'owner') }
  const served = ['serve', '--root', join(root, 'runs'), '--port', '0', '--tokens', tokens]
  const address = (await start(...served, ...words)).replace(/\/$/, '')
  return { dir, tokens, address, ...people }
}

function bearer(token: string): { readonly headers: Record<string, string> } {
  return { headers: { Authorization: `Bearer ${token}` } }
}

async function connect(address: string, token: string, name = 'newer'): Promise<Client> {
  const client = new Client({ name, version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } })
  await client.connect(new StreamableHTTPClientTransport(new URL(`${address}/mcp`), { requestInit: bearer(token) }))
  return client
}

async function connectFirst(address: string, token: string): Promise<FirstClient> {
  const client = new FirstClient({ name: 'older', version: '1' })
  const transport = new FirstTransport(new URL(`${address}/mcp`), { requestInit: bearer(token) })
  // The package's own types are inconsistent about `undefined`.
  await client.connect(transport as Parameters<FirstClient['connect']>[0])
  return client
}

type Called = Pick<Client, 'callTool'> | Pick<FirstClient, 'callTool'>

async function call(client: Called, name: string, args: Record<string, unknown> = {}) {
  const { isError = false, content } = await client.callTool({ name, arguments: args })
  const [first] = content as readonly { readonly text: string }[]
  return { isError, text: first?.text ?? '' }
}

/** Starts a program that trains and serves its run, and returns the address that it prints. */
async function trainAndServe(...args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [HOTCB, ...args], { stdio: ['ignore', 'pipe', 'inherit'], env: ENV })
  children.push(child)
  for await (const line of createInterface(child.stdout)) {
    const [, address] = /(http:\/\/[^\s/]+)/.exec(line) ?? []
    if (address === undefined) continue
    child.stdout.resume()
    return address
  }
  throw new Error(`\`hotcb ${args.join(' ')}\` printed no address`)
}

test.each([
  ['demo', (dir: string) => ['demo', '--dir', dir, '--step-delay', '0.01', '--max-steps', '100000']],
  [
    'launch',
    (dir: string) => [
      'launch',
      '--config',
      'simple',
      '--run-dir',
      dir,
      '--step-delay',
      '0.01',
      '--max-steps',
      '100000',
    ],
  ],
])('agents reach the run of `hotcb %s` at its dashboard, and can only read it without `--allow`', async (_, line) => {
  const root = mkdtempSync(join(tmpdir(), 'hotcb-mcp-'))
  dirs.push(root)
  for (const [dir, ...allow] of [['a'], ['b', '--allow', 'propose']] as const) {
    const path = join(root, dir)
    const address = await trainAndServe(...line(path), '--port', '0', ...allow)
    for (const client of [await connect(address, 'none'), await connectFirst(address, 'none')]) {
      expect(await call(client, 'run_status', { run: path })).toMatchObject({ isError: false })
      expect(await call(client, 'run_status', { run: root })).toMatchObject({ isError: true })
      const names = await namesOf(client)
      expect([names.includes('propose_change'), names.includes('set_controls')]).toEqual([allow.length > 0, false])
      await client.close()
    }
    expect(await post(address, { Origin: 'https://evil.example' })).toBe(403)
    expect(await post(address, { Host: 'evil.example:80' })).toBe(421)
    const hotcb = (...words: readonly string[]) =>
      spawnSync(process.execPath, [HOTCB, '--dir', path, ...words], { env: ENV, encoding: 'utf8' })
    // The page may be available before the trainer.
    await expect.poll(() => hotcb('status').stdout, { interval: 300 }).toMatch(/trainer +alive/)
    expect(hotcb('stop', '--wait=60')).toMatchObject({ status: 0 })
  }
})

async function namesOf(client: Pick<Client, 'listTools'> | Pick<FirstClient, 'listTools'>): Promise<readonly string[]> {
  return (await client.listTools()).tools.map(({ name }) => name)
}

const CHANGE = { run: 'a', values: { lr: 0.02 }, reason: 'a test of agents' }

test('both versions of the official client read a run over HTTP, and cannot change it without `--allow`', async () => {
  const { address, owner } = await team()
  for (const client of [await connect(address, owner), await connectFirst(address, owner)]) {
    expect(await call(client, 'list_runs')).toMatchObject({ isError: false, text: expect.stringContaining('runs/a') })
    expect(await call(client, 'explain_run', { run: 'a' })).toMatchObject({ text: expect.stringContaining('alive') })
    expect(await namesOf(client)).not.toContain('set_controls')
    const refused = await call(client, 'set_controls', CHANGE).catch(() => ({ isError: true }))
    expect(refused.isError).toBe(true)
    await client.close()
  }
})

test('with `--allow`, an agent can do what the role of its token permits, and is named in the ledger', async () => {
  const { address, dir, viewer, operator, owner } = await team('--allow', 'control,sweep')
  const rights = async (token: string): Promise<readonly boolean[]> => {
    const names = await namesOf(await connect(address, token))
    return [names.includes('set_controls'), names.includes('stop_trials')]
  }
  expect(await rights(viewer)).toEqual([false, false])
  expect(await rights(operator)).toEqual([true, false])
  expect(await rights(owner)).toEqual([true, true])
  for (const client of [await connect(address, operator), await connectFirst(address, operator)]) {
    expect(await call(client, 'set_controls', CHANGE)).toMatchObject({ isError: false })
    await client.close()
  }
  const lines = readFileSync(join(dir, 'hotcb.applied.jsonl'), 'utf8').trim().split('\n')
  const changes = lines.map((line) => JSON.parse(line)).filter(({ op }) => op === 'set_params')
  expect(changes).toHaveLength(2)
  expect(changes[0]).toMatchObject({
    source: 'mcp',
    author: 'otto',
    notes: expect.stringContaining('a test of agents'),
  })
})

/** Posts a list of tools, with any headers. */
function post(address: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const accept = 'application/json, text/event-stream'
    const all = { 'Content-Type': 'application/json', Accept: accept, ...headers }
    const sent = request(`${address}/mcp`, { method: 'POST', headers: all }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    sent.once('error', reject)
    sent.end(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }))
  })
}

test('requests from another origin, host or site, and with a wrong token, are refused', async () => {
  const { address, viewer } = await team()
  const own = { Authorization: `Bearer ${viewer}` }
  const port = new URL(address).port
  expect(await post(address, own)).toBe(200)
  expect(await post(address, { ...own, Origin: address })).toBe(200)
  expect(await post(address, {})).toBe(401)
  expect(await post(address, { Authorization: 'Bearer wrong' })).toBe(401)
  expect(await post(address, { ...own, Origin: 'https://evil.example' })).toBe(403)
  expect(await post(address, { ...own, Origin: 'null' })).toBe(403)
  expect(await post(address, { ...own, 'Sec-Fetch-Site': 'cross-site' })).toBe(403)
  expect(await post(address, { ...own, Host: `evil.example:${port}` })).toBe(421)
  expect(await post(`${address}/`.replace(/\/$/, '/x'), own)).not.toBe(200)
})

async function api(address: string, token: string, path: string, method = 'GET') {
  const answer = await fetch(`${address}/api/mcp/sessions${path}`, { method, ...bearer(token) })
  // Each test checks the answer of the server.
  const body = (await answer.json()) as { readonly sessions: readonly { id: string; user: string; client: string }[] }
  return { status: answer.status, body }
}

test('an owner sees the sessions of agents and revokes one together with its token', async () => {
  const { address, tokens, viewer, operator, owner } = await team()
  const [newer, older] = [await connect(address, viewer, 'pilot\u001b[31m'), await connectFirst(address, operator)]
  await call(newer, 'list_runs')
  await call(older, 'list_runs')
  expect((await api(address, operator, '')).status).toBe(403)
  const { sessions } = (await api(address, owner, '')).body
  const users = sessions.map(({ user, client }) => [user, client])
  expect(users).toEqual([
    ['otto', 'older 1'],
    ['vera', 'pilot\ufffd[31m 1'],
  ])
  const [first, second] = sessions
  expect(await api(address, operator, `/${first?.id}`, 'DELETE')).toMatchObject({ status: 403 })
  expect((await api(address, owner, `/${first?.id}`, 'DELETE')).body).toMatchObject({
    session: { user: 'otto', revoked: true },
    token_revoked: false,
  })
  await expect(call(older, 'list_runs')).rejects.toThrow(/revoked/)
  await expect(connectFirst(address, operator)).rejects.toThrow(/revoked/)
  expect((await call(newer, 'list_runs')).isError).toBe(false)
  expect((await api(address, owner, `/${second?.id}?token=true`, 'DELETE')).body).toMatchObject({ token_revoked: true })
  // The server reads a changed token file within a second.
  await vi.waitFor(() => expect(connect(address, viewer, 'another name')).rejects.toThrow(), { timeout: 300_000 })
  expect(readFileSync(tokens, 'utf8')).not.toContain('vera')
  expect((await api(address, owner, '/absent', 'DELETE')).status).toBe(404)
})

test('a session id of another user is unknown', async () => {
  const { address, viewer, operator, owner } = await team()
  await connectFirst(address, operator)
  const [session] = (await api(address, owner, '')).body.sessions
  expect(await post(address, { Authorization: `Bearer ${operator}`, 'Mcp-Session-Id': session?.id ?? '' })).toBe(200)
  expect(await post(address, { Authorization: `Bearer ${viewer}`, 'Mcp-Session-Id': session?.id ?? '' })).toBe(404)
})

test('`hotcb serve agents` lists the agents and revokes the access of one', async () => {
  const { address, tokens, viewer, owner } = await team()
  const agents = (...args: readonly string[]) =>
    spawnSync(process.execPath, [HOTCB, 'serve', 'agents', ...args, '--url', address, '--token', owner], {
      encoding: 'utf8',
      env: ENV,
    })
  expect(agents('list')).toMatchObject({ status: 0, stderr: 'no agent has used this dashboard since it started\n' })
  await connect(address, viewer)
  const [, id = ''] = /^(\S+) {2}vera {2}newer 1 {2}127\.0\.0\.1 {2}read {2}/.exec(agents('list').stdout) ?? []
  expect(agents('revoke', 'zzz')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('no session ID starts with'),
  })
  expect(agents('revoke', id.slice(0, 6), '--with-token')).toMatchObject({
    status: 0,
    stdout: 'vera  newer 1  127.0.0.1 and its token are revoked\n',
  })
  expect(readFileSync(tokens, 'utf8')).not.toContain('vera')
  const refused = spawnSync(process.execPath, [HOTCB, 'serve', 'agents', 'list', '--url', address], {
    encoding: 'utf8',
    env: ENV,
  })
  expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('a token is needed') })
})
