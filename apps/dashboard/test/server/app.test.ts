import { JournalError } from '@hotcb/journal'
import { expect, test } from 'vitest'
import type { Site } from '../../src/server/context.ts'
import { type Answer, refused, serve } from './routes/served.ts'

const body = ({ status, body }: Answer): unknown => [status, body]

/** A dashboard whose list of views fails. */
function failing(error: Error) {
  const views = { read: () => Promise.reject(error) } as unknown as Site['views']
  return serve({ site: { views } })
}

test('every answer has the headers that protect the page, and answers of the API are never stored', async () => {
  const { ask } = serve()
  const { headers, status } = await ask('/api/health')
  expect([status, Object.fromEntries(headers)]).toEqual([
    200,
    {
      'cache-control': 'no-store',
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
      'content-type': 'application/json',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    },
  ])
  expect((await ask('/no-such-page')).headers.get('cache-control')).toBe(null)
  expect((await ask('/no-such-page')).headers.get('x-frame-options')).toBe('DENY')
})

test('an unknown route is refused as not found, with its method and the start of its path', async () => {
  const { ask } = serve()
  const gone = (what: string) => [404, refused('not_found', `\`${what}\` does not exist`)]
  expect(body(await ask('/api/nothing'))).toEqual(gone('GET /api/nothing'))
  expect(body(await ask('/api/health', { method: 'DELETE' }))).toEqual(gone('DELETE /api/health'))
  const long = `/api/${'x'.repeat(300)}`
  expect(body(await ask(long))).toEqual(gone(`GET ${long.slice(0, 200)}`))
  expect(body(await ask(`/${'y'.repeat(300)}`))).toEqual(gone(`/${'y'.repeat(199)}`))
  expect(body(await ask('/api/runs/none'))).toEqual([404, refused('not_found', 'run `none` does not exist')])
  expect(body(await ask(`/api/runs/${'z'.repeat(120)}`))).toEqual([404, refused('not_found', `run \`${'z'.repeat(100)}\` does not exist`)]) // biome-ignore format: one line
})

test('a request under another name of the server is refused', async () => {
  const { ask } = serve()
  const { status, body } = await ask('/api/health', { headers: { host: 'elsewhere.example' } })
  expect([status, body]).toMatchObject([421, { error: { code: expect.any(String) } }])
})

test('a body that is too large is refused with the limit', async () => {
  const { ask } = serve({ config: { max_body_bytes: 1024 } })
  const send = async (length: number) =>
    body(await ask('/api/session', { method: 'POST', body: 'x'.repeat(length), headers: { 'content-length': String(length) } })) // biome-ignore format: one line
  expect(await send(1025)).toEqual([413, refused('too_large', 'the body must be at most 1024 bytes')])
  expect(await send(1024)).not.toMatchObject([413])
})

test('the page is sent compressed to clients that accept it; files with a lasting name may be kept', async () => {
  const asset = { type: 'text/css', bytes: Buffer.from('plain'), gzipped: Buffer.from('zipped') }
  const find = (path: string) =>
    path === '/a.css' ? { ...asset, isLasting: true } : path === '/b.css' ? { ...asset, isLasting: false } : undefined
  const { ask } = serve({ assets: { find } })
  const sent = async (path: string, accept?: string) => {
    const { body, headers } = await ask(path, accept === undefined ? {} : { headers: { 'accept-encoding': accept } })
    return [body, ...['content-type', 'cache-control', 'vary', 'content-encoding'].map((name) => headers.get(name))]
  }
  const lasting = 'public, max-age=31536000, immutable'
  expect(await sent('/a.css')).toEqual(['plain', 'text/css', lasting, 'Accept-Encoding', null])
  expect(await sent('/a.css', 'br')).toEqual(['plain', 'text/css', lasting, 'Accept-Encoding', null])
  expect(await sent('/b.css', 'br, gzip')).toEqual(['zipped', 'text/css', 'no-cache', 'Accept-Encoding', 'gzip'])
  expect((await sent('/b.css', 'gzipped'))[0]).toBe('plain')
})

test('an address without the last slash of the base path leads to the page', async () => {
  const { ask } = serve({ config: { base_path: '/hotcb/' } })
  const { status, headers } = await ask('/hotcb')
  expect([status, headers.get('location')]).toEqual([308, '/hotcb/'])
  expect((await ask('/hotc')).status).toBe(404)
})

test('a file that cannot be read is not an internal error; any other error is logged and not shown', async () => {
  const outside = failing(new JournalError('outside', '`x` leads out of the served directories', 'x'))
  expect(body(await outside.ask('/api/views'))).toEqual([403, refused('forbidden_path', '`x` leads out of the served directories')]) // biome-ignore format: one line
  const full = failing(new JournalError('full', 'the disk is full', 'x'))
  expect(body(await full.ask('/api/views'))).toEqual([503, refused('unavailable', 'the disk is full')])
  expect([outside.warnings, full.warnings]).toEqual([[], []])
  const fault = failing(Object.assign(new Error('a fault'), { stack: 'Error: a fault\n  at a line' }))
  expect(body(await fault.ask('/api/views'))).toEqual([500, refused('internal', 'internal error; see the server log for details')]) // biome-ignore format: one line
  expect(fault.warnings).toEqual(['GET /api/views: Error: a fault\n  at a line'])
  const bare = failing(Object.assign(new Error('a fault'), { stack: undefined }))
  await bare.ask('/api/views')
  expect(bare.warnings).toEqual(['GET /api/views: a fault'])
})

test('health and the person are described', async () => {
  const { ask } = serve({ config: { user: 'ada' }, site: { clientCount: () => 4 } })
  expect(body(await ask('/api/health'))).toEqual([
    200,
    {
      ...{ status: 'ok', version: '1.2.3', protocol: expect.any(Number), instance: 'i', clients: 4, open_runs: 0 },
      uptime_seconds: expect.any(Number),
      memory_bytes: expect.any(Number),
    },
  ])
  const me = { user: null, role: 'owner', default_author: 'ada', has_launcher: false, has_mcp: false }
  expect(body(await ask('/api/me'))).toEqual([200, me])
  expect(body(await ask('/api/session', { json: { token: 'any' } }))).toEqual([200, me])
})
