import { randomUUID } from 'node:crypto'
import type { IncomingMessage, Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import { errnoOf } from '@hotcb/journal'
import type { Launcher } from '@hotcb/launch'
import type { McpService } from '@hotcb/mcp'
import { checkOptions, type OptionKeys } from '@hotcb/protocol'
import { warn as warnTerminal } from '@hotcb/protocol/node'
import { WebSocketServer } from 'ws'
import { createApp } from './app.ts'
import { loadAssets } from './assets.ts'
import { withoutBase } from './base-path.ts'
import { type DashboardConfig, readDashboardConfig } from './config.ts'
import type { Site } from './context.ts'
import type { OpenHistory } from './history-store.ts'
import { createHub, type Hub } from './hub.ts'
import { openAnnotations } from './labels/annotations.ts'
import { openRunLabels } from './labels/run-labels.ts'
import { openSavedViews } from './labels/saved-views.ts'
import { openBrowser } from './open-browser.ts'
import { openGuard } from './open-guard.ts'
import { RateLimit } from './rate.ts'
import { RunRegistry } from './run-registry.ts'
import { SparklineReader } from './sparkline.ts'
import { openSweepThread } from './sweeps/sweep-thread.ts'
import { openRunTable } from './table/run-table.ts'
import { openStatSummaries } from './table/stat-summaries.ts'
import { openThreadHistories } from './thread-history.ts'
import type { Guard, Verdict } from './trust.ts'
import { VERSION } from './version.ts'

/** What to serve. Every other tunable goes into `config`. */
export interface DashboardOptions {
  /** A single run. */
  readonly dir?: string
  /** Directories to search for runs. */
  readonly roots?: readonly string[]
  readonly host?: string
  /** 0 picks a free port. If the port is in use, the next free one is used, and `notes` reports it. */
  readonly port?: number
  readonly token?: string
  /** A file of tokens, each with a name and a role. Use it instead of `token`. */
  readonly tokens?: string
  /** Author of commands that do not name one. */
  readonly user?: string
  /** Path under which a proxy exposes this server. Begins and ends with a slash. */
  readonly basePath?: string
  /** Origins of proxies that expose this server, such as `https://hub.example.org`. */
  readonly allowedOrigins?: readonly string[]
  /** Whether to open the address in a browser. */
  readonly open?: boolean
  /** Text of a YAML file with tunables. */
  readonly configYaml?: string
  /** Tunables; they override all other sources. */
  readonly config?: Readonly<Record<string, unknown>>
  /** The environment for `HOTCB_*` (default: none) and for `env:NAME` in a notification config (default: that of this process). */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Receives messages for the operator, never a token. Default: stderr. */
  readonly warn?: (message: string) => void
  readonly openHistory?: OpenHistory
  /** Starts, continues and stops training runs for owners. Default: pages cannot do that. */
  readonly launcher?: Launcher
  /** Answers agents at `/mcp`, and is closed with the server. Default: the path does not exist. */
  readonly mcp?: McpService
  /**
   * The command line of a sweep driver, without the workspace. The server starts one if a request from a page needs it. Default:
   * pages cannot start one.
   */
  readonly sweepDriver?: readonly string[]
}

const KEYS: OptionKeys<DashboardOptions> = {
  dir: true,
  roots: true,
  host: true,
  port: true,
  token: true,
  tokens: true,
  user: true,
  basePath: true,
  allowedOrigins: true,
  open: true,
  configYaml: true,
  config: true,
  env: true,
  warn: true,
  openHistory: true,
  launcher: true,
  mcp: true,
  sweepDriver: true,
}

/** A running dashboard. */
export interface Dashboard {
  /** The address to print. If a token is needed, it is in the fragment, which browsers never send. */
  readonly address: string
  /** The address without the token. */
  readonly url: string
  readonly port: number
  readonly token: string | null
  readonly config: DashboardConfig
  /** Notes for the person who starts the server. */
  readonly notes: readonly string[]
  close(): Promise<void>
}

/**
 * Serves runs to browsers until it is closed.
 *
 * @throws TypeError on an unknown option; ConfigError on an unknown tunable; the error from `listen` if no port is available.
 */
export async function startDashboard(options: DashboardOptions = {}): Promise<Dashboard> {
  checkOptions('startDashboard', options, KEYS)
  const { dir, roots = [], open = false, warn = defaultWarn } = options
  if (dir === undefined && roots.length === 0)
    throw new TypeError('`dir` or `roots` is required to select what to serve')
  const config = readDashboardConfig({
    ...(options.configYaml !== undefined && { yaml: options.configYaml }),
    ...(options.env !== undefined && { env: options.env }),
    options: givenFields(options),
  })
  let port = config.port
  const { guard, token, notes: told } = openGuard(config, () => port, warn)
  const notes = [...told]
  const histories = openThreadHistories()
  const openHistory = options.openHistory ?? histories.open
  const registry = new RunRegistry({
    places: { dir, roots, depth: config.scan_depth },
    openRuns: config.open_runs,
    scanSeconds: config.scan_interval,
    openHistory,
    warn,
  })
  const instance = randomUUID()
  const hub = createHub({ registry, config, instance, version: VERSION, warn })
  const labels = openRunLabels()
  const summaries = openStatSummaries(openHistory)
  const sweeps = openSweepThread()
  const site: Site = {
    config,
    registry,
    table: openRunTable({ registry, labels, summaries }),
    labels,
    views: openSavedViews(dir ?? roots[0] ?? '.', 'table'),
    chartViews: openSavedViews(dir ?? roots[0] ?? '.', 'charts'),
    annotations: openAnnotations(),
    guard,
    version: VERSION,
    instance,
    sparklines: new SparklineReader(config.sparkline_points),
    commandRate: new RateLimit(config.command_rate, config.command_rate * 4),
    clientCount: () => hub.clientCount,
    launcher: options.launcher,
    mcp: options.mcp,
    sweeps,
    sweepDriver: options.sweepDriver,
    env: options.env ?? process.env,
  }
  void registry.sweeps().then((found) => found.length > 0 && sweeps.warmUp())
  const app = createApp(site, loadAssets(), warn)
  const server = openServer(app, config.base_path)
  acceptSockets(server, hub, guard, config.base_path)
  port = await listen(server, config)
  if (config.port !== 0 && port !== config.port) notes.push(`port ${config.port} is in use: using ${port} instead`)
  const url = `http://${printedHost(config.host)}:${port}${config.base_path}`
  const address = token === null ? url : `${url}#token=${encodeURIComponent(token)}`
  if (open) openBrowser(address, warn)
  return {
    address,
    url,
    port,
    token,
    config,
    notes,
    async close() {
      await hub.close()
      await options.mcp?.close()
      const closed = new Promise<void>((done) => server.close(() => done()))
      server.closeAllConnections()
      await closed
      await summaries.close()
      await sweeps.close()
      await registry.close()
      await histories.close()
    },
  }
}

function givenFields(options: DashboardOptions): Readonly<Record<string, unknown>> {
  const { host, port, token, tokens, user, basePath, allowedOrigins } = options
  return { host, port, token, tokens, user, base_path: basePath, allowed_origins: allowedOrigins, ...options.config }
}

function openServer(app: ReturnType<typeof createApp>, basePath: string): Server {
  const listener = getRequestListener(app.fetch)
  const server = createServer((request, response) => {
    request.url = withoutBase(request.url ?? '/', basePath)
    return listener(request, response)
  })
  server.headersTimeout = 20_000
  server.requestTimeout = 60_000
  server.maxHeadersCount = 100
  return server
}

function acceptSockets(server: Server, hub: Hub, guard: Guard, basePath: string): void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 131_072, perMessageDeflate: false })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    const path = withoutBase(request.url ?? '', basePath).split('?')[0] ?? ''
    const peer = request.socket.remoteAddress ?? ''
    const judge = (): Verdict => guard.judge({ headers: request.headers, path, peer, right: 'read' })
    const verdict = judge()
    if ('refusal' in verdict || path !== '/ws') {
      const status = 'refusal' in verdict ? verdict.refusal.status : 404
      socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    const isLetIn = (): boolean => 'person' in judge()
    sockets.handleUpgrade(request, socket, head, (opened) => hub.attach(opened, verdict.person, isLetIn))
  })
}

/** Listens on the port, or on the next free one if it is in use; returns the port. */
async function listen(server: Server, { host, port: wanted }: DashboardConfig): Promise<number> {
  for (let port = wanted; ; port++) {
    try {
      await new Promise<void>((done, fail) => {
        server.once('error', fail)
        server.listen(port, host, () => {
          server.off('error', fail)
          done()
        })
      })
      // The address of a server that listens on a port is an object.
      return (server.address() as AddressInfo).port
    } catch (error) {
      const isTaken = errnoOf(error) === 'EADDRINUSE'
      if (!isTaken || wanted === 0 || port - wanted >= PORTS_TRIED || port >= 65_535) throw error
    }
  }
}

const PORTS_TRIED = 100

function printedHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

function defaultWarn(message: string): void {
  for (const line of message.split('\n')) warnTerminal(`hotcb dashboard: ${line}`)
}
