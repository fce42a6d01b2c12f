import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { Dashboard } from '../src/index.ts'
import { ask, dashboard, generateRun, listen, temporaryRoot } from './fixture.ts'

interface Answer {
  readonly status: number
  readonly text: string
}

/** A request with headers that `fetch` would not send. */
function raw(
  site: Dashboard,
  path: string,
  headers: Record<string, string>,
  method = 'GET',
  body = '',
): Promise<Answer> {
  return new Promise((done, fail) => {
    const call = request({ host: '127.0.0.1', port: site.port, path, method, headers }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => done({ status: response.statusCode ?? 0, text }))
    })
    call.on('error', fail)
    call.end(body)
  })
}

/** The result of an upgrade: `open`, or the status that refused it. */
function upgrade(site: Dashboard, headers: Record<string, string>, path = '/ws'): Promise<string> {
  return new Promise((done) => {
    const socket = new WebSocket(`ws://127.0.0.1:${site.port}${path}`, { headers })
    socket.on('open', () => {
      socket.close()
      done('open')
    })
    socket.on('unexpected-response', (_, response) => done(String(response.statusCode)))
    socket.on('error', () => undefined)
  })
}

function served(): { readonly root: string; readonly dir: string } {
  const root = temporaryRoot()
  const dir = join(root, 'runs', 'run')
  generateRun(dir, { lines: 5 })
  return { root, dir }
}

test('a host name that was redirected here (DNS rebinding) is refused, for pages, API and sockets', async () => {
  const site = await dashboard({ dir: served().dir })
  for (const host of ['evil.example', `evil.example:${site.port}`, '127.0.0.1:1', 'localhost.evil.example']) {
    for (const path of ['/', '/api/runs', '/api/health']) {
      expect([host, path, (await raw(site, path, { host })).status]).toEqual([host, path, 421])
    }
    expect([host, await upgrade(site, { host })]).toEqual([host, '421'])
  }
  expect((await raw(site, '/api/health', { host: `localhost:${site.port}` })).status).toBe(200)
})

test('requests and sockets of pages from another origin are refused', async () => {
  const { dir } = served()
  const site = await dashboard({ dir })
  const host = `127.0.0.1:${site.port}`
  const body = '{"commands":[{"module":"core","op":"stop"}]}'
  for (const origin of [
    'http://evil.example',
    'null',
    'http://127.0.0.1',
    `http://localhost.evil:${site.port}`,
    'http://127.0.0.1:1',
  ]) {
    const headers = { host, origin, 'content-type': 'application/json' }
    expect((await raw(site, '/api/runs/run/commands', headers, 'POST', body)).status).toBe(403)
    expect((await raw(site, '/api/runs', headers)).status).toBe(403)
    expect(await upgrade(site, { origin })).toBe('403')
  }
  for (const from of ['cross-site', 'same-site']) {
    expect([from, (await raw(site, '/api/runs', { host, 'sec-fetch-site': from })).status]).toEqual([from, 403])
  }
  // Links from other sites may open the page itself; the requests of the page then have another header.
  expect((await raw(site, '/', { host, 'sec-fetch-site': 'cross-site' })).status).not.toBe(403)
  for (const from of ['same-origin', 'none']) {
    expect([from, (await raw(site, '/api/runs', { host, 'sec-fetch-site': from })).status]).toEqual([from, 200])
  }
  expect(readFileSync(join(dir, 'hotcb.commands.jsonl'), 'utf8')).toBe('')
  expect(await upgrade(site, { origin: `http://${host}` })).toBe('open')
})

test('a form of another page cannot send commands, because only application/json is accepted', async () => {
  const { dir } = served()
  const site = await dashboard({ dir })
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', '']) {
    const headers = { host: `127.0.0.1:${site.port}`, ...(type !== '' && { 'content-type': type }) }
    const body = '{"commands":[{"module":"core","op":"stop"}]}'
    expect((await raw(site, '/api/runs/run/commands', headers, 'POST', body)).status).toBe(400)
  }
  expect(readFileSync(join(dir, 'hotcb.commands.jsonl'), 'utf8')).toBe('')
})

test('an address that others can reach requires a token, and creates one if none is given', async () => {
  const site = await dashboard({ dir: served().dir, host: '0.0.0.0' })
  expect(site.token).toMatch(/^[\w-]{24}$/)
  expect(site.address).toBe(`${site.url}#token=${site.token}`)
  expect((await ask(site, '/api/runs')).status).toBe(401)
})

test('without the right token nothing about a run is revealed, and no socket opens', async () => {
  const site = await dashboard({ dir: served().dir, token: 'right' })
  const wrong = [undefined, 'Bearer wrong', 'Bearer ', 'Bearer right ', 'Basic right', 'bearer: right']
  for (const authorization of wrong) {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
    for (const path of ['/api/runs', '/api/runs/run/ledger', '/api/config', '/api/openapi.json', '/api/health']) {
      const answer = await raw(site, path, { host: `127.0.0.1:${site.port}`, ...headers })
      // A header value ends before its trailing blanks, so this one is the right token.
      const isRight = authorization === 'Bearer right '
      expect([path, authorization, answer.status]).toEqual([path, authorization, isRight ? 200 : 401])
    }
    if (authorization !== 'Bearer right ') expect(await upgrade(site, headers)).toBe('401')
  }
  expect(await upgrade(site, { authorization: 'Bearer right' })).toBe('open')
  expect((await ask(site, '/')).status).toBe(200)
})

test('the token is exchanged for a cookie that scripts cannot read, and guessing is slowed down', async () => {
  const site = await dashboard({ dir: served().dir, token: 'right' })
  const session = await ask(site, '/api/session', { json: { token: 'right' } })
  const cookie = session.headers.get('set-cookie') ?? ''
  expect(cookie).toMatch(/^hotcb_session_\d+=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/)
  expect(cookie).not.toContain('right')
  const [pair = ''] = cookie.split(';')
  expect((await ask(site, '/api/runs', { headers: { cookie: pair } })).status).toBe(200)
  const statuses: number[] = []
  for (let i = 0; i < 15; i++)
    statuses.push((await ask(site, '/api/session', { json: { token: `guess ${i}` } })).status)
  expect(new Set(statuses)).toEqual(new Set([401, 429]))
})

test('the token is in no answer and no warning', async () => {
  const warnings: string[] = []
  const site = await dashboard({ dir: served().dir, token: 'secret-token', warn: (message) => warnings.push(message) })
  const headers = { authorization: 'Bearer secret-token' }
  for (const path of [
    '/',
    '/api/config',
    '/api/health',
    '/api/openapi.json',
    '/api/runs/run',
    '/api/nothing?token=secret-token',
  ]) {
    expect(JSON.stringify((await ask(site, path, { headers })).body)).not.toContain('secret-token')
  }
  expect(warnings.join()).not.toContain('secret-token')
})

test('no path leads out of the directories that are served', async () => {
  const { root, dir } = served()
  writeFileSync(join(root, 'secret.txt'), 'a secret\n')
  const site = await dashboard({ roots: [join(root, 'runs')] })
  const host = `127.0.0.1:${site.port}`
  for (const path of [
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/assets/../../../../../../../../etc/passwd',
    '/run/../../secret.txt',
    '/api/runs/..%2f..%2fsecret.txt',
    '/api/runs/..',
    `/api/runs/${encodeURIComponent(dir)}`,
    '/api/runs/run%2f..%2f..',
    '/api/runs/run/metrics/window?name=../../secret.txt',
    '//etc/passwd',
  ]) {
    const { text } = await raw(site, path, { host })
    expect([path, text.includes('a secret') || text.includes('root:')]).toEqual([path, false])
  }
  const paths = ['/etc/passwd', '../../secret.txt', join(root, 'secret.txt')]
  for (const recipe_path of paths) {
    const { status } = await ask(site, '/api/runs/run/freeze', { method: 'PUT', json: { mode: 'replay', recipe_path } })
    expect([recipe_path, status]).toEqual([recipe_path, 403])
  }
})

test('a link that leads out of the directories that are served is not followed, to read or to write', async () => {
  const { root, dir } = served()
  writeFileSync(join(root, 'secret.txt'), 'a secret\n')
  for (const name of ['hotcb.log', 'hotcb.features.jsonl', 'hotcb.commands.jsonl', 'hotcb.freeze.json']) {
    const link = join(root, 'runs', 'linked', name)
    mkdirSync(join(root, 'runs', 'linked'), { recursive: true })
    symlinkSync(join(root, 'secret.txt'), link)
  }
  symlinkSync(join(dir, 'hotcb.metrics.jsonl'), join(root, 'runs', 'linked', 'hotcb.metrics.jsonl'))
  const outside = join(root, 'outside')
  generateRun(outside, { lines: 3 })
  symlinkSync(outside, join(root, 'runs', 'link-to-outside'))
  const site = await dashboard({ roots: [join(root, 'runs')] })
  const { body } = await ask(site, '/api/runs')
  expect((body as { runs: { id: string }[] }).runs.map(({ id }) => id).sort()).toEqual(['linked', 'run'])
  expect((await ask(site, '/api/runs/linked/log')).status).toBe(403)
  expect((await ask(site, '/api/runs/linked/features')).status).toBe(403)
  const command = { commands: [{ module: 'core', op: 'pause' }] }
  expect((await ask(site, '/api/runs/linked/commands', { json: command })).status).toBe(403)
  expect((await ask(site, '/api/runs/linked/freeze', { method: 'PUT', json: { mode: 'prod' } })).status).toBe(403)
  expect(readFileSync(join(root, 'secret.txt'), 'utf8')).toBe('a secret\n')
  expect((await ask(site, '/api/runs/linked/metrics')).body).toMatchObject({ last_step: 4 })
})

test('bodies, messages and rates are bounded', async () => {
  const { dir } = served()
  const site = await dashboard({ dir, config: { max_body_bytes: 2048, command_rate: 0.5 } })
  const big = { commands: [{ module: 'opt', op: 'set_params', params: { lr: 1 }, note: 'x'.repeat(5000) }] }
  expect((await ask(site, '/api/runs/run/commands', { json: big })).status).toBe(413)
  const chunked = await raw(
    site,
    '/api/runs/run/commands',
    { host: `127.0.0.1:${site.port}`, 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
    'POST',
    JSON.stringify(big),
  )
  expect(chunked.status).toBe(413)
  const pauses = async (count: number): Promise<number> => {
    const commands = Array(count).fill({ module: 'core', op: 'pause' })
    return (await ask(site, '/api/runs/run/commands', { json: { commands } })).status
  }
  // Two commands may be sent at once, and more never, however much time passes.
  expect([await pauses(1), await pauses(3), await pauses(3)]).toEqual([200, 429, 429])
  const socket = new WebSocket(`ws://127.0.0.1:${site.port}/ws`)
  await new Promise((done) => socket.once('open', done))
  socket.on('error', () => undefined)
  socket.send('x'.repeat(200_000))
  expect(await new Promise((done) => socket.once('close', done))).toBe(1009)
})

test('every answer forbids foreign script, framing and sniffing, whatever it is', async () => {
  const site = await dashboard({ dir: served().dir })
  for (const path of ['/', '/run/run', '/api/health', '/api/nothing', '/nothing']) {
    const { headers } = await ask(site, path)
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/unsafe|\*|https?:/)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('access-control-allow-origin')).toBeNull()
  }
})

test('no message of a client can crash the server', async () => {
  const site = await dashboard({ dir: served().dir })
  const socket = new WebSocket(`ws://127.0.0.1:${site.port}/ws`)
  await new Promise((done) => socket.once('open', done))
  const errors: string[] = []
  socket.on('message', (data) => {
    const message = JSON.parse(String(data))
    if (message.type === 'error') errors.push(message.message)
  })
  const bad = ['', '{', 'null', '[]', '{"type":"subscribe"}', '{"type":"subscribe","channel":"metrics","run":{"a":1}}']
  for (const text of bad) socket.send(text)
  socket.send('{"type":"subscribe","channel":"ledger","run":"run","cursor":"0.0.0.-1"}')
  socket.send('{"type":"subscribe","channel":"metrics","run":"__proto__","names":["__proto__"]}')
  await new Promise<void>((done) => {
    socket.on('message', (data) => String(data).includes('"gone"') && done())
  })
  expect(errors).toHaveLength(bad.length)
  expect((await ask(site, '/api/health')).status).toBe(200)
  socket.close()
})

test('the number of streams that one client can follow is limited', async () => {
  const site = await dashboard({ dir: served().dir })
  const page = await listen(site)
  for (let i = 0; i < 70; i++) page.send({ type: 'subscribe', run: `run-${i}`, channel: 'state' })
  expect(await page.until((message) => message.type === 'error')).toMatchObject({
    run: 'run-64',
    message: 'one client can follow at most 64 channels',
  })
})

test('a freeze cannot name a recipe outside of the served directories, through dots, absolute paths or links', async () => {
  const { root, dir } = served()
  const site = await dashboard({ dir })
  writeFileSync(join(root, 'secret.jsonl'), '{}\n')
  symlinkSync(join(root, 'secret.jsonl'), join(dir, 'link.jsonl'))
  const paths = ['../../secret.jsonl', join(root, 'secret.jsonl'), '/etc/passwd', 'link.jsonl']
  for (const path of paths) {
    for (const field of ['recipe_path', 'adjust_path']) {
      const json = { mode: 'replay_adjusted', recipe_path: 'a.jsonl', adjust_path: 'b.json', [field]: path }
      const { status, body } = await ask(site, '/api/runs/run/freeze', { method: 'PUT', json })
      expect([path, status, body]).toEqual([path, 403, { error: expect.objectContaining({ code: 'forbidden_path' }) }])
    }
  }
  expect(existsSync(join(dir, 'hotcb.freeze.json'))).toBe(false)
})
