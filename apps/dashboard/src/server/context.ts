import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Context } from 'hono'
import type { DashboardConfig } from './config.ts'
import { notFound } from './problem.ts'
import type { RateLimit } from './rate.ts'
import type { OpenRun } from './run.ts'
import type { RunRegistry } from './run-registry.ts'
import type { SparklineReader } from './sparkline.ts'
import type { Guard } from './trust.ts'

/** What the routes of one server share. */
export interface Site {
  readonly config: DashboardConfig
  readonly registry: RunRegistry
  readonly sparklines: SparklineReader
  readonly guard: Guard
  readonly commandRate: RateLimit
  readonly tokenRate: RateLimit
  readonly version: string
  /** Tells one start of the server from another. */
  readonly instance: string
  readonly clientCount: () => number
}

/** The run that a request names. */
export async function runOf(site: Site, c: Context): Promise<OpenRun> {
  const id = c.req.param('id') ?? ''
  const run = await site.registry.open(id)
  if (run === undefined) throw notFound(`run \`${id.slice(0, 100)}\``)
  return run
}

/** Whom to count requests by. */
export function peerOf(c: Context): string {
  return incomingOf(c)?.socket.remoteAddress ?? 'local'
}

/** The headers as they came in: those of the Request object may have been mended on the way. */
export function headersOf(c: Context): IncomingHttpHeaders {
  return incomingOf(c)?.headers ?? Object.fromEntries(c.req.raw.headers)
}

function incomingOf(c: Context): IncomingMessage | undefined {
  // @hono/node-server puts the request of node:http here; app.request() has none.
  return (c.env as { readonly incoming?: IncomingMessage } | undefined)?.incoming
}
