import { chmodSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { addToken, type Dashboard, removeToken, startDashboard } from '../src/index.ts'
import { PAGES } from '../src/server/openapi-paths.ts'
import { rightOfRoute } from '../src/server/route-rights.ts'
import type { ServerMessage } from '../src/shared/wire.ts'
import { ask, dashboard, eventually, generateRun, listen, temporaryRoot } from './fixture.ts'

interface Team {
  readonly site: Dashboard
  readonly dir: string
  readonly tokens: string
  readonly viewer: string
  readonly operator: string
  readonly owner: string
}

/** The status that refuses an upgrade. */
function statusOfUpgrade(site: Dashboard, headers: Record<string, string>): Promise<number> {
  const socket = new WebSocket(`ws://127.0.0.1:${site.port}/ws`, { headers })
  socket.on('error', () => undefined)
  return new Promise((done) => socket.once('unexpected-response', (_, { statusCode = 0 }) => done(statusCode)))
}

/** A dashboard with one person of each role. */
async function team(): Promise<Team> {
  const root = temporaryRoot()
  const dir = join(root, 'run')
  const tokens = join(root, 'tokens.json')
  generateRun(dir, { lines: 5 })
  const viewer = addToken(tokens, 'vera', 'viewer').token
  const operator = addToken(tokens, 'otto', 'operator').token
  const owner = addToken(tokens, 'olga', 'owner').token
  return { site: await dashboard({ dir, tokens }), dir, tokens, viewer, operator, owner }
}

type Sent = Parameters<typeof ask>[2]

function as(site: Dashboard, token: string, path: string, init: Sent = {}): ReturnType<typeof ask> {
  return ask(site, path, { ...init, headers: { Authorization: `Bearer ${token}` } })
}

function written(dir: string): { author?: string; op: string }[] {
  const lines = readFileSync(join(dir, 'hotcb.commands.jsonl'), 'utf8').split('\n')
  return lines.filter(Boolean).map((line) => JSON.parse(line))
}

const PAUSE = { commands: [{ module: 'core', op: 'pause' }] }
const LOAD = {
  commands: [{ module: 'cb', op: 'load', id: 'x', target: { kind: 'file', path: 'x.js', symbol: 'X' } }],
}

test('every route requires the right in the table, and accepts no role below it', async () => {
  const { site, viewer, operator, owner } = await team()
  const allowed = {
    open: [viewer, operator, owner],
    read: [viewer, operator, owner],
    operate: [operator, owner],
    own: [owner],
  }
  for (const { method, path, right } of PAGES) {
    for (const token of [viewer, operator, owner]) {
      const init = { method: method.toUpperCase(), ...(method === 'get' ? {} : { json: {} }) }
      const { status, body } = await as(site, token, path.replace('{id}', 'run'), init)
      const isForbidden = (body as { error?: { code: string } }).error?.code === 'forbidden'
      expect([method, path, status, isForbidden]).toEqual([method, path, status, !allowed[right].includes(token)])
      if (isForbidden) expect(status).toBe(403)
    }
    if (right !== 'open') expect([path, (await ask(site, path.replace('{id}', 'run'))).status]).toEqual([path, 401])
  }
})

test('a viewer sees and cannot change, an operator changes, an owner also loads code and freezes', async () => {
  const { site, dir, viewer, operator, owner } = await team()
  const commands = '/api/runs/run/commands'
  const freeze = { method: 'PUT', json: { mode: 'prod' } }
  expect(await as(site, viewer, commands, { json: PAUSE })).toMatchObject({
    status: 403,
    body: { error: { message: "this requires the `operator` role, but this token's role is `viewer`" } },
  })
  expect((await as(site, operator, commands, { json: PAUSE })).status).toBe(200)
  for (const [module, op] of [
    ['core', 'freeze'],
    ['core', 'unfreeze'],
    ['core', 'accept_ledger'],
    ['cb', 'load'],
  ]) {
    const batch = { commands: [...PAUSE.commands, { module, op }] }
    expect([op, (await as(site, operator, commands, { json: batch })).status]).toEqual([op, 403])
  }
  expect((await as(site, operator, commands, { json: LOAD })).status).toBe(403)
  expect((await as(site, operator, '/api/runs/run/freeze', freeze)).status).toBe(403)
  expect(written(dir).map(({ op }) => op)).toEqual(['pause'])
  expect((await as(site, owner, commands, { json: LOAD })).status).toBe(200)
  expect((await as(site, owner, '/api/runs/run/freeze', freeze)).status).toBe(200)
})

test('the author is the person whom the token names, and a request cannot name another one', async () => {
  const { site, dir, operator, owner } = await team()
  const commands = '/api/runs/run/commands'
  const by = (author: string | null): object => ({ commands: [{ module: 'core', op: 'pause', author }] })
  expect(await as(site, operator, commands, { json: by('olga') })).toMatchObject({
    status: 403,
    body: { error: { code: 'forbidden_author' } },
  })
  expect((await as(site, operator, commands, { json: by('otto') })).status).toBe(200)
  expect((await as(site, operator, commands, { json: by(null) })).status).toBe(200)
  expect((await as(site, operator, commands, { json: PAUSE })).status).toBe(200)
  expect(written(dir).map(({ author }) => author)).toEqual(['otto', 'otto', 'otto'])
  const freeze = { mode: 'prod', author: 'otto' }
  expect((await as(site, owner, '/api/runs/run/freeze', { method: 'PUT', json: freeze })).status).toBe(403)
  await as(site, owner, '/api/runs/run/freeze', { method: 'PUT', json: { mode: 'prod' } })
  expect(JSON.parse(readFileSync(join(dir, 'hotcb.freeze.json'), 'utf8'))).toMatchObject({ author: 'olga' })
  expect((await as(site, operator, '/api/me')).body).toEqual({
    user: 'otto',
    role: 'operator',
    default_author: null,
    has_launcher: false,
    has_mcp: false,
  })
})

test('`user` is the author if neither token nor request names one', async () => {
  const root = temporaryRoot()
  const dir = join(root, 'run')
  generateRun(dir, { lines: 5 })
  const site = await dashboard({ dir, user: 'ada' })
  await ask(site, '/api/runs/run/commands', { json: PAUSE })
  await ask(site, '/api/runs/run/commands', { json: { commands: [{ ...PAUSE.commands[0], author: 'bob' }] } })
  expect(written(dir).map(({ author }) => author)).toEqual(['ada', 'bob'])
  expect((await ask(site, '/api/me')).body).toEqual({
    user: null,
    role: 'owner',
    default_author: 'ada',
    has_launcher: false,
    has_mcp: false,
  })
})

test('a token that is removed from the file stops working, and so does its cookie', async () => {
  const { site, tokens, viewer, operator } = await team()
  const session = await ask(site, '/api/session', { json: { token: viewer } })
  expect(session.body).toMatchObject({ user: 'vera', role: 'viewer' })
  const [cookie = ''] = (session.headers.get('set-cookie') ?? '').split(';')
  expect((await ask(site, '/api/runs', { headers: { cookie } })).status).toBe(200)
  removeToken(tokens, 'vera')
  await eventually(async () => (await as(site, viewer, '/api/runs')).status === 401)
  expect((await ask(site, '/api/runs', { headers: { cookie } })).status).toBe(401)
  expect((await as(site, operator, '/api/runs')).status).toBe(200)
})

test('a file of tokens that others may read is refused, at the start and later', async () => {
  const { site, dir, tokens, owner } = await team()
  chmodSync(tokens, 0o640)
  await eventually(async () => (await as(site, owner, '/api/runs')).status === 401)
  await expect(startDashboard({ dir, tokens, port: 0 })).rejects.toThrow(
    /must be readable only by its owner \(mode 600\), but its mode is 640/,
  )
})

test('a file of tokens contains neither the tokens nor their cookies', async () => {
  const { site, tokens, owner } = await team()
  const session = await ask(site, '/api/session', { json: { token: owner } })
  const cookie = /=([0-9a-f]{64});/.exec(session.headers.get('set-cookie') ?? '')?.[1] ?? ''
  const text = readFileSync(tokens, 'utf8')
  expect(cookie).not.toBe('')
  expect([text.includes(owner), text.includes(cookie)]).toEqual([false, false])
  expect(JSON.parse(text).tokens.map(({ user, role }: { user: string; role: string }) => [user, role])).toEqual([
    ['vera', 'viewer'],
    ['otto', 'operator'],
    ['olga', 'owner'],
  ])
})

test.each([
  ['{', /is not a token file/],
  ['[]', /expected an object with a list `tokens`/],
  [
    '{"tokens":[{"user":"ada","role":"admin","hash":""}]}',
    /token 1: a role must be viewer, operator or owner, got "admin"/,
  ],
  ['{"tokens":[{"user":"","role":"owner","hash":""}]}', /token 1: a name must not be empty/],
  ['{"tokens":[{"user":"ada","role":"owner","hash":"x"}]}', /token 1: `hash` must be 64 hexadecimal digits/],
])('a file of tokens with %s is refused with the reason', async (text, message) => {
  const root = temporaryRoot()
  const tokens = join(root, 'tokens.json')
  writeFileSync(tokens, text, { mode: 0o600 })
  await expect(startDashboard({ roots: [root], tokens, port: 0 })).rejects.toThrow(message)
})

test('wrong tokens are slowed down on every route, and people with access keep it', async () => {
  const { site, owner } = await team()
  const session = await ask(site, '/api/session', { json: { token: owner } })
  const [cookie = ''] = (session.headers.get('set-cookie') ?? '').split(';')
  const name = cookie.split('=')[0]
  const ways: ((guess: string) => Promise<number>)[] = [
    async (guess) => (await as(site, guess, '/api/runs')).status,
    async (guess) => (await ask(site, '/api/runs', { headers: { cookie: `${name}=${guess}` } })).status,
    async (guess) => (await ask(site, '/api/session', { json: { token: guess } })).status,
    (guess) => statusOfUpgrade(site, { Authorization: `Bearer ${guess}` }),
  ]
  for (const [i, show] of ways.entries()) {
    // A new guess is allowed from time to time, but there is always one that is not.
    const statuses: number[] = []
    while (!statuses.includes(429)) {
      statuses.push(await show(`guess-${i}-${statuses.length}`))
      expect(statuses.length).toBeLessThan(500)
    }
    expect(statuses.filter((status) => status !== 401 && status !== 429)).toEqual([])
  }
  expect((await as(site, 'guess-0-0', '/api/runs')).status).toBe(401)
  expect((await ask(site, '/api/runs', { headers: { cookie } })).status).toBe(200)
  expect((await as(site, owner, '/api/runs')).status).toBe(200)
})

test('everyone who has a run open sees who else has it open: by the name of the token, otherwise by the name of the page', async () => {
  const { site, viewer, operator } = await team()
  const one = await listen(site, { Authorization: `Bearer ${viewer}` })
  const two = await listen(site, { Authorization: `Bearer ${operator}` })
  const hello = await one.until((message) => message.type === 'hello')
  expect(hello).toMatchObject({ client: expect.any(String), you: { user: 'vera', role: 'viewer' } })
  for (const page of [one, two]) page.send({ type: 'subscribe', run: 'run', channel: 'people' })
  // A page cannot change the name in its token.
  one.send({ type: 'name', name: 'olga' })
  const people = (names: readonly (string | null)[]) => (message: ServerMessage) =>
    message.type === 'data' &&
    message.channel === 'people' &&
    JSON.stringify(message.data.people.map(({ name }) => name).sort()) === JSON.stringify(names)
  for (const page of [one, two]) await page.until(people(['otto', 'vera']))
  two.socket.close()
  expect(await one.until(people(['vera']))).toMatchObject({
    data: { people: [{ client: (hello as { client: string }).client, role: 'viewer', since: expect.any(Number) }] },
  })
})

test('without tokens a page sends its name, and only names that are valid in a ledger are accepted', async () => {
  const dir = join(temporaryRoot(), 'run')
  generateRun(dir, { lines: 3 })
  const page = await listen(await dashboard({ dir }))
  page.send({ type: 'subscribe', run: 'run', channel: 'people' })
  const named = (name: string | null) => (message: ServerMessage) =>
    message.type === 'data' && message.channel === 'people' && message.data.people[0]?.name === name
  expect(await page.until(named(null))).toMatchObject({ data: { people: [{ role: 'owner' }] } })
  page.send({ type: 'name', name: 'ada' })
  await page.until(named('ada'))
  page.send({ type: 'name', name: 'x'.repeat(200) })
  expect(await page.until((message) => message.type === 'error')).toMatchObject({
    message: 'a name must have at most 128 characters, got 200',
  })
  page.send({ type: 'name', name: null })
  await page.until(named(null))
})

test('the sockets of a removed token are closed', async () => {
  const { site, tokens, viewer } = await team()
  const page = await listen(site, { Authorization: `Bearer ${viewer}` })
  removeToken(tokens, 'vera')
  expect(await new Promise((done) => page.socket.once('close', done))).toBe(1008)
})

test('a body that is nested too deeply is refused as invalid JSON', async () => {
  const { site, owner } = await team()
  for (const body of [
    `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
    `${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}`,
  ]) {
    const headers = { Authorization: `Bearer ${owner}`, 'Content-Type': 'application/json' }
    for (const path of ['/api/runs/run/commands', '/api/runs/run/metrics/windows', '/api/session']) {
      const { status, body: answer } = await ask(site, path, { method: 'POST', body, headers })
      expect([path, status, answer]).toMatchObject([path, 400, { error: { code: 'bad_request' } }])
    }
  }
})

test('a recipe named in a command must be inside the served directories, like one in the freeze document', async () => {
  const { site, dir, owner } = await team()
  for (const params of [
    { mode: 'replay', recipe_path: '/etc/passwd' },
    { mode: 'replay', adjust_path: '../../x' },
  ]) {
    const json = { commands: [{ module: 'core', op: 'freeze', params }] }
    expect((await as(site, owner, '/api/runs/run/commands', { json })).status).toBe(403)
  }
  symlinkSync('/etc/passwd', join(dir, 'recipe.json'))
  const linked = { mode: 'replay', recipe_path: 'recipe.json' }
  const json = { commands: [{ module: 'core', op: 'freeze', params: linked }] }
  expect((await as(site, owner, '/api/runs/run/commands', { json })).status).toBe(403)
  expect((await as(site, owner, '/api/runs/run/freeze', { method: 'PUT', json: linked })).status).toBe(403)
})

test('a route that is not in the table has no right, so that no request reaches its handler', () => {
  expect(rightOfRoute('GET', '/api/runs/run/ledger')).toBe('read')
  expect(rightOfRoute('HEAD', '/api/runs/run/ledger')).toBe('read')
  expect(rightOfRoute('GET', '/assets/index.js')).toBe('open')
  for (const [method, path] of [
    ['POST', '/api/runs/run/ledger'],
    ['GET', '/api/runs/run/commands'],
    ['GET', '/api/runs/run/ledger/'],
    ['GET', '/api/runs/a/b/ledger'],
    ['GET', '/api/'],
  ] as const) {
    expect([method, path, rightOfRoute(method, path)]).toEqual([method, path, undefined])
  }
})
