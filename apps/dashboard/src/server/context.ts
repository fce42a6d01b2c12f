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

/** Services that the routes of one server share. */
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
  /** Tells one start of the server from another. */
  readonly instance: string
  readonly clientCount: () => number
  /** Starts training runs; undefined if pages may start none. */
  readonly launcher: Launcher | undefined
  /** The service for agents; undefined if agents are not accepted. */
  readonly mcp: McpService | undefined
  readonly sweeps: SweepThread
  /** The command line that drives a sweep, without the workspace; undefined if pages start no driver. */
  readonly sweepDriver: readonly string[] | undefined
  /** Where `env:NAME` of a configuration of notifications is looked for. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/** The run that a request names. */
export async function runOf(site: Site, c: Context): Promise<OpenRun> {
  const id = c.req.param('id') ?? ''
  const run = await site.registry.open(id)
  if (run === undefined) throw notFound(`run \`${id.slice(0, 100)}\``)
  return run
}

/** Who asks, as the guard found it. */
export function whoOf(c: Context): Person {
  // The first middleware of `createApp` sets it for every request.
  return c.get('person') as Person
}

/** Refuses a request whose sender lacks a right. The right of the route itself was checked before. */
export function requireRight(c: Context, right: Right): void {
  const refusal = judgeRole(whoOf(c), right)
  if (refusal !== undefined) throw new Problem(refusal.status, refusal.code, refusal.message)
}

/**
 * The author for the ledger: the owner of the token, else the author of the request, else the server's `user`.
 *
 * @throws Problem `forbidden_author` where a request names another than the token does.
 */
export function authorOf(site: Site, c: Context, given: string | null | undefined): string | null {
  const { user } = whoOf(c)
  if (user === null) return given ?? site.config.user
  if (given === undefined || given === null || given === user) return user
  const message = `this token is of \`${user}\`: \`author\` must be that name or be left out, got ${show(given)}`
  throw new Problem(403, 'forbidden_author', message)
}

/** Whom to count requests by. */
export function peerOf(c: Context): string {
  return incomingOf(c)?.socket.remoteAddress ?? 'local'
}

/** Refuses a request of someone who asks for too much at once. @param cost In commands. */
export function requireRate(c: Context, site: Site, cost = 1): void {
  if (!site.commandRate.take(peerOf(c), cost))
    throw new Problem(429, 'too_many', 'too many commands at once; slow down')
}

/** The headers as they came in: those of the Request object may have been changed on the way. */
export function headersOf(c: Context): IncomingHttpHeaders {
  return incomingOf(c)?.headers ?? Object.fromEntries(c.req.raw.headers)
}

/** Ends the connection of a request whose answer cannot be finished. */
export function cutConnection(c: Context): void {
  incomingOf(c)?.socket.destroy()
}

function incomingOf(c: Context): IncomingMessage | undefined {
  // @hono/node-server puts the request of node:http here; app.request() has none.
  return (c.env as { readonly incoming?: IncomingMessage } | undefined)?.incoming
}
