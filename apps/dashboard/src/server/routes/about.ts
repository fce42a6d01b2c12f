import { PROTOCOL_VERSION } from '@hotcb/protocol'
import { Hono } from 'hono'
import type { Me } from '../../shared/people.ts'
import { describeConfig } from '../config.ts'
import { peerOf, type Site, whoOf } from '../context.ts'
import { readBody } from '../input.ts'
import { openApi } from '../openapi.ts'
import { Problem } from '../problem.ts'
import type { Person } from '../roles.ts'
import { SessionBody } from '../schemas.ts'

/**
 * Creates the routes for health, tunables, the API description, the exchange of a token for a cookie, and the person named by
 * the cookie or token.
 */
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
    const { token } = await readBody(c, SessionBody)
    const session = site.guard.openSession(String(token), peerOf(c))
    if ('refusal' in session) {
      const { status, code, message } = session.refusal
      throw new Problem(status, code, message)
    }
    if (session.cookie !== undefined) c.header('Set-Cookie', session.cookie)
    return c.json(describePerson(site, session.person))
  })
  app.get('/me', (c) => c.json(describePerson(site, whoOf(c))))
  return app
}

function describePerson({ config, launcher, mcp }: Site, { user, role }: Person): Me {
  const has = { has_launcher: launcher !== undefined, has_mcp: mcp !== undefined }
  return { user, role, default_author: user === null ? config.user : null, ...has }
}
