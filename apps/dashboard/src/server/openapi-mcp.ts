import * as v from 'valibot'
import type { Operation } from './openapi.ts'

const McpSessionSchema: v.GenericSchema = v.object({
  id: v.string(),
  user: v.nullable(v.string()),
  peer: v.string(),
  client: v.nullable(v.string()),
  rights: v.array(v.string()),
  since: v.number(),
  last: v.number(),
  requests: v.number(),
  revoked: v.boolean(),
})

/** The query of a revocation: whether to revoke the session's token too. */
export const RevokeQuery: v.GenericSchema = v.strictObject({ token: v.optional(v.picklist(['true', 'false'])) })

/** Routes for the agents that use `/mcp`. */
export const MCP_PAGES: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/mcp/sessions',
    right: 'own',
    summary: 'agents that have used `/mcp` since the server started, newest first',
    answer: v.object({ sessions: v.array(McpSessionSchema) }),
  },
  {
    method: 'delete',
    path: '/api/mcp/sessions/{id}',
    right: 'own',
    summary: 'refuse the requests of an agent until the server stops; with `token=true`, also revoke its token',
    query: RevokeQuery,
    answer: v.object({ session: McpSessionSchema, token_revoked: v.boolean() }),
  },
]
