import type { McpService, McpSession, Right } from '@hotcb/mcp'
import { messageOf, printable } from '@hotcb/protocol'
import { Hono } from 'hono'
import type { WireMcpSession } from '../../shared/mcp.ts'
import { peerOf, requireRate, type Site, whoOf } from '../context.ts'
import { readQuery } from '../input.ts'
import { RevokeQuery } from '../openapi-mcp.ts'
import { notFound, Problem } from '../problem.ts'
import { may, type Person } from '../roles.ts'
import { removeToken } from '../token-admin.ts'

/** Creates the route `/mcp`, the address for agents. Their access has already been checked. */
export function mcpRoute(site: Site): Hono {
  const app = new Hono()
  app.all('/', async (c) => {
    const service = serviceOf(site)
    requireRate(c, site)
    const person = whoOf(c)
    const caller = { user: person.user, peer: peerOf(c), rights: rightsOf(person) }
    try {
      return await service.fetch(c.req.raw, caller)
    } catch (error) {
      if (error instanceof Problem) throw error
      throw new Problem(503, 'unavailable', messageOf(error))
    }
  })
  return app
}

/** Lists the agents that use `/mcp`, and revokes their access. */
export function mcpSessionRoutes(site: Site): Hono {
  const app = new Hono()
  app.get('/mcp/sessions', (c) => c.json({ sessions: serviceOf(site).sessions().map(wireOf) }))
  app.delete('/mcp/sessions/:id', (c) => {
    const { token } = readQuery(c, RevokeQuery)
    const id = c.req.param('id')
    const found = serviceOf(site)
      .sessions()
      .find((one) => one.id === id)
    if (found === undefined) throw notFound(`the session \`${printable(id.slice(0, 100))}\``)
    // This comes first, because it can fail.
    if (token === 'true') revokeToken(site, found)
    const session = serviceOf(site).revoke(found.id) ?? found
    return c.json({ session: wireOf(session), token_revoked: token === 'true' })
  })
  return app
}

/**
 * Returns an agent's rights, which follow from its person's role. Operators propose changes and change runs; only owners start processes.
 */
function rightsOf(person: Person): readonly Right[] {
  return [
    ...(may(person, 'operate') ? (['propose', 'control'] as const) : []),
    ...(may(person, 'own') ? (['sweep'] as const) : []),
  ]
}

function serviceOf({ mcp }: Site): McpService {
  if (mcp === undefined)
    throw new Problem(404, 'not_found', 'this server does not accept agents; use `hotcb serve` instead')
  return mcp
}

function revokeToken({ config }: Site, { user }: McpSession): void {
  if (config.tokens === null || user === null) {
    throw new Problem(
      409,
      'unavailable',
      'only a token with a name can be revoked; to use such tokens, start `hotcb serve --tokens FILE`',
    )
  }
  try {
    removeToken(config.tokens, user)
  } catch (error) {
    throw new Problem(409, 'unavailable', messageOf(error))
  }
}

function wireOf({ sinceMs, lastMs, isRevoked, ...rest }: McpSession): WireMcpSession {
  return { ...rest, since: sinceMs / 1000, last: lastMs / 1000, revoked: isRevoked }
}
