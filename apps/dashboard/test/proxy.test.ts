import { request } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { baseOf, withoutBase } from '../src/server/base-path.ts'
import { ask, dashboard, generateRun, temporaryRoot } from './fixture.ts'

const BASE = '/user/ada/proxy/8421/'
const HUB = 'https://hub.example.org'

function run(): string {
  const dir = join(temporaryRoot(), 'run')
  generateRun(dir, { lines: 3 })
  return dir
}

/** A request as a proxy forwards it. */
function passed(
  port: number,
  path: string,
  headers: Record<string, string>,
): Promise<{ status: number; text: string }> {
  return new Promise((done, fail) => {
    const call = request({ host: '127.0.0.1', port, path, headers }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => done({ status: response.statusCode ?? 0, text }))
    })
    call.on('error', fail)
    call.end()
  })
}

function opens(port: number, path: string, headers: Record<string, string>): Promise<string> {
  return new Promise((done) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers })
    socket.on('open', () => {
      socket.close()
      done('open')
    })
    socket.on('unexpected-response', (_, { statusCode }) => done(String(statusCode)))
    socket.on('error', () => undefined)
  })
}

test('page, API and socket are served below the base path, whether a proxy removes the path or keeps it', async () => {
  const site = await dashboard({ dir: run(), basePath: BASE, allowedOrigins: [HUB] })
  expect(site.url).toBe(`http://127.0.0.1:${site.port}${BASE}`)
  for (const prefix of [BASE, '/']) {
    const headers = { host: 'hub.example.org', origin: HUB }
    expect([prefix, (await passed(site.port, `${prefix}api/runs`, headers)).status]).toEqual([prefix, 200])
    expect([prefix, (await passed(site.port, `${prefix}run/run?tab=ledger`, headers)).status]).toEqual([prefix, 200])
    expect([prefix, await opens(site.port, `${prefix}ws`, headers)]).toEqual([prefix, 'open'])
  }
  expect((await ask(site, '/user/bob/proxy/8421/api/runs')).status).toBe(404)
  const bare = await ask(site, BASE.slice(0, -1), { redirect: 'manual' })
  expect([bare.status, bare.headers.get('location')]).toEqual([308, BASE])
})

test('the cookie is valid only below the base path', async () => {
  const site = await dashboard({ dir: run(), basePath: BASE, token: 'right' })
  const { headers } = await ask(site, '/api/session', { json: { token: 'right' } })
  expect(headers.get('set-cookie')).toContain(`; Path=${BASE};`)
})

test('the page contains its base address relative to its own address', async () => {
  expect(['/', '/run/a', '/run/a/'].map(baseOf)).toEqual(['./', '../', '../../'])
  const url = 'https://hub.example.org/user/ada/proxy/8421'
  expect(new URL(baseOf('/run/a'), `${url}/run/a`).pathname).toBe(BASE)
  expect(new URL(baseOf('/'), `${url}/`).pathname).toBe(BASE)
  expect(withoutBase(`${BASE}run/a?tab=x`, BASE)).toBe('/run/a?tab=x')
  expect(withoutBase('/user/ada/proxy/84210/', BASE)).toBe('/user/ada/proxy/84210/')
})

test('a configured proxy may send its own name or ours in `Host`; its origin is accepted, others are not', async () => {
  const site = await dashboard({ dir: run(), allowedOrigins: [HUB, 'http://127.0.0.1:8888'] })
  const ours = `127.0.0.1:${site.port}`
  for (const [host, origin, status] of [
    ['hub.example.org', HUB, 200],
    [ours, HUB, 200],
    ['127.0.0.1:8888', 'http://127.0.0.1:8888', 200],
    [ours, 'http://127.0.0.1:8888', 200],
    ['127.0.0.1:8889', 'http://127.0.0.1:8889', 421],
    ['hub.example.org:81', `${HUB}:81`, 421],
    [ours, `${HUB}.evil.example`, 403],
    [ours, `${HUB}:81`, 403],
    ['evil.example', HUB, 421],
  ] as const) {
    expect([host, origin, (await passed(site.port, '/api/runs', { host, origin })).status]).toEqual([
      host,
      origin,
      status,
    ])
    expect([host, origin, await opens(site.port, '/ws', { host, origin })]).toEqual([
      host,
      origin,
      status === 200 ? 'open' : String(status),
    ])
  }
})

test('headers that a proxy adds to a request are ignored', async () => {
  const site = await dashboard({ dir: run(), token: 'right' })
  const host = `127.0.0.1:${site.port}`
  const says = {
    'x-forwarded-host': host,
    'x-forwarded-proto': 'https',
    'x-forwarded-prefix': '/evil/',
    'x-forwarded-user': 'ada',
    'x-original-url': '/api/health',
    'x-rewrite-url': '/api/health',
    forwarded: `for=127.0.0.1;host=${host}`,
  }
  expect((await passed(site.port, '/api/runs', { host: 'evil.example', ...says })).status).toBe(421)
  const fromEvil = { host, origin: 'https://evil.example', ...says, 'x-forwarded-host': 'evil.example' }
  expect((await passed(site.port, '/api/runs', fromEvil)).status).toBe(403)
  expect((await passed(site.port, '/api/runs', { host, ...says })).status).toBe(401)
  expect((await passed(site.port, '/', { host, ...says })).text).not.toContain('evil')
  // Using another address for each guess does not avoid the limit.
  const statuses = new Set<number>()
  for (let i = 0; !statuses.has(429) && i < 500; i++) {
    const headers = { host, authorization: `Bearer guess-${i}`, 'x-forwarded-for': `10.0.0.${i % 250}` }
    statuses.add((await passed(site.port, '/api/runs', headers)).status)
  }
  expect(statuses).toEqual(new Set([401, 429]))
})

test.each([
  [{ base_path: 'proxy/8421' }, /`base_path` must begin and end with a slash.* got "proxy\/8421"/],
  [{ base_path: '/a/"><script>/' }, /`base_path` must begin and end with a slash/],
  [{ allowed_origins: ['hub.example.org'] }, /`allowed_origins` must be origins such as https:\/\/hub.example.org/],
  [{ allowed_origins: ['https://hub.example.org/'] }, /without a path, got "https:\/\/hub.example.org\/"/],
  [{ allowed_origins: ['null'] }, /must be origins/],
  [{ token: 'a', tokens: 'b' }, /set `token` or `tokens`, not both/],
  [{ user: ' ada' }, /`user`: a name must not be empty, and must not begin or end with a space/],
])('%j is refused', async (config, message) => {
  await expect(dashboard({ roots: [temporaryRoot()], config })).rejects.toThrow(message)
})
