import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Launcher } from '@hotcb/launch'
import type { McpService } from '@hotcb/mcp'
import { show } from '@hotcb/protocol'
import type { Context } from 'hono'
import type { DashboardConfig } from './config.ts'
import type { Annotations } from './labels/annotations.ts'
import type { RunLabelsStore } from './labels/run-labels.ts'
import type { SavedViews } from './labels/saved-views.ts'
import { notFound, Problem } from './problem.ts'
import type { RateLimit } from './rate.ts'
import type { Person, Right } from './roles.ts'
import type { OpenRun } from './run.ts'
import type { RunRegistry } from './run-registry.ts'
import type { SparklineReader } from './sparkline.ts'
import type { SweepThread } from './sweeps/sweep-thread.ts'
import type { RunTable } from './table/run-table.ts'
import { type Guard, judgeRole } from './trust.ts'

/** The state and the services that all routes of one server share. */
export interface Site {
  readonly config: DashboardConfig
  readonly registry: RunRegistry
  readonly table: RunTable
  readonly labels: RunLabelsStore
  readonly views: SavedViews
  readonly chartViews: SavedViews
  readonly annotations: Annotations
  readonly sparklines: SparklineReader
  readonly guard: Guard
  readonly commandRate: RateLimit
  readonly version: string
  /** Identifies one start of the server. */
  readonly instance: string
  readonly clientCount: () => number
  /** Starts training runs; undefined if pages cannot start any. */
  readonly launcher: Launcher | undefined
  /** Serves agents; undefined if agents are not accepted. */
  readonly mcp: McpService | undefined
  readonly sweeps: SweepThread
  /** The command line that starts a sweep driver, without the workspace; undefined if pages cannot start a driver. */
  readonly sweepDriver: readonly string[] | undefined
  /** The environment in which `env:NAME` of a notification config is looked up. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Opens the run that a request names. */
export async function runOf(site: Site, c: Context): Promise<OpenRun> {
  const id = c.req.param('id') ?? ''
  const run = await site.registry.open(id)
  if (run === undefined) throw notFound(`run \`${id.slice(0, 100)}\``)
  return run
}

/** Returns the person who sent a request, as identified by the guard. */
export function whoOf(c: Context): Person {
  // The first middleware of `createApp` sets it for every request.
  return c.get('person') as Person
}

/** Rejects a request if its sender lacks a right. The right that the route requires was checked earlier. */
export function requireRight(c: Context, right: Right): void {
  const refusal = judgeRole(whoOf(c), right)
  if (refusal !== undefined) throw new Problem(refusal.status, refusal.code, refusal.message)
}

/**
 * Returns the author for the ledger: the token's owner, otherwise the author in the request, otherwise the server's `user`.
 *
 * @throws Problem `forbidden_author` if a request names a different author than the token.
 */
export function authorOf(site: Site, c: Context, given: string | null | undefined): string | null {
  const { user } = whoOf(c)
  if (user === null) return given ?? site.config.user
  if (given === undefined || given === null || given === user) return user
  const message = `this token belongs to \`${user}\`: \`author\` must be that name or be omitted, got ${show(given)}`
  throw new Problem(403, 'forbidden_author', message)
}

/** Returns the client address under which requests are counted. */
export function peerOf(c: Context): string {
  return incomingOf(c)?.socket.remoteAddress ?? 'local'
}

/** Rejects a request if its sender sends too many commands at once. @param cost How many commands the request counts as. */
export function requireRate(c: Context, site: Site, cost = 1): void {
  if (!site.commandRate.take(peerOf(c), cost))
    throw new Problem(429, 'too_many', 'too many commands at once; slow down')
}

/** Returns the headers as they arrived. Middleware may have changed those in the Request object. */
export function headersOf(c: Context): IncomingHttpHeaders {
  return incomingOf(c)?.headers ?? Object.fromEntries(c.req.raw.headers)
}

/** Closes the connection of a request whose answer cannot be completed. */
export function cutConnection(c: Context): void {
  incomingOf(c)?.socket.destroy()
}

function incomingOf(c: Context): IncomingMessage | undefined {
  // @hono/node-server puts the request of node:http here; app.request() has none.
  return (c.env as { readonly incoming?: IncomingMessage } | undefined)?.incoming
}
