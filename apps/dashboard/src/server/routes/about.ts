import { PROTOCOL_VERSION } from '@hotcb/protocol'
import { Hono } from 'hono'
import { describeConfig } from '../config.ts'
import { peerOf, type Site } from '../context.ts'
import { readBody } from '../input.ts'
import { openApi } from '../openapi.ts'
import { Problem } from '../problem.ts'
import { SessionBody } from '../schemas.ts'

/** Health, tunables, description of the API, and the exchange of the token for a cookie. */
export function aboutRoutes(site: Site): Hono {
  const app = new Hono()
  app.get('/health', (c) => {
    return c.json({
      status: 'ok',
      version: site.version,
      protocol: PROTOCOL_VERSION,
      instance: site.instance,
      uptime_seconds: Math.round(process.uptime()),
      clients: site.clientCount(),
      open_runs: site.registry.openCount,
      memory_bytes: process.memoryUsage.rss(),
    })
  })
  app.get('/config', (c) => c.json(describeConfig(site.config)))
  app.get('/openapi.json', (c) => c.json(openApi(site.version)))
  app.post('/session', async (c) => {
    if (!site.tokenRate.take(peerOf(c))) throw new Problem(429, 'too_many', 'too many tokens tried; wait a minute')
    const { token } = await readBody(c, SessionBody)
    if (!site.guard.needsToken) return c.json({ ok: true })
    const cookie = site.guard.openSession(String(token))
    if (cookie === undefined) throw new Problem(401, 'unauthorized', 'this is not the token')
    c.header('Set-Cookie', cookie)
    return c.json({ ok: true })
  })
  return app
}
