import { onTestFinished } from 'vitest'
import { createApp } from '../../../src/server/app.ts'
import type { Assets } from '../../../src/server/assets.ts'
import { readDashboardConfig } from '../../../src/server/config.ts'
import type { Site } from '../../../src/server/context.ts'
import { openAnnotations } from '../../../src/server/labels/annotations.ts'
import { openRunLabels } from '../../../src/server/labels/run-labels.ts'
import { openSavedViews } from '../../../src/server/labels/saved-views.ts'
import { openGuard } from '../../../src/server/open-guard.ts'
import { RunRegistry } from '../../../src/server/run-registry.ts'
import { SparklineReader } from '../../../src/server/sparkline.ts'
import type { SweepThread } from '../../../src/server/sweeps/sweep-thread.ts'
import { openRunTable } from '../../../src/server/table/run-table.ts'
import { openStatSummaries } from '../../../src/server/table/stat-summaries.ts'
import { openThreadHistories } from '../../../src/server/thread-history.ts'
import { temporaryRoot } from '../../fixture.ts'

/** An answer of the API. */
export interface Answer {
  readonly status: number
  readonly body: unknown
  readonly headers: Headers
}

/** The HTTP side of a dashboard that listens on no port. */
export interface Served {
  readonly root: string
  /** The warnings for the operator. */
  readonly warnings: readonly string[]
  readonly site: Site
  /** Sends a request; `json` is its body, and makes it a POST unless a method is given. */
  ask(path: string, init?: RequestInit & { readonly json?: unknown }): Promise<Answer>
}

/** What a test replaces of a server. */
export interface Replaced {
  readonly root?: string
  readonly config?: Readonly<Record<string, unknown>>
  readonly site?: Partial<Site>
  readonly assets?: Assets
}

const NO_SWEEPS: SweepThread = {
  ask: () => Promise.reject(new Error('this test serves no sweeps')),
  warmUp: () => undefined,
  close: () => Promise.resolve(),
}

/** Creates the HTTP side of a dashboard for one test. */
export function serve({
  root = temporaryRoot(),
  config: tunables = {},
  site: own = {},
  assets,
}: Replaced = {}): Served {
  const warnings: string[] = []
  const warn = (message: string): void => void warnings.push(message)
  const config = readDashboardConfig({ options: tunables })
  const histories = openThreadHistories()
  const places = { dir: undefined, roots: [root], depth: config.scan_depth }
  const openHistory = histories.open
  const registry = new RunRegistry({ places, openRuns: config.open_runs, scanSeconds: 0, openHistory, warn })
  const labels = openRunLabels()
  const summaries = openStatSummaries(openHistory)
  const site: Site = {
    ...{ config, registry, labels, version: '1.2.3', instance: 'i', launcher: undefined, mcp: undefined, env: {} },
    table: openRunTable({ registry, labels, summaries }),
    views: openSavedViews(root, 'table'),
    chartViews: openSavedViews(root, 'charts'),
    annotations: openAnnotations(),
    guard: openGuard(config, () => 80, warn).guard,
    sparklines: new SparklineReader(config.sparkline_points),
    commandRate: { take: () => true } as unknown as Site['commandRate'],
    clientCount: () => 0,
    sweeps: NO_SWEEPS,
    sweepDriver: undefined,
    ...own,
  }
  onTestFinished(async () => {
    await summaries.close()
    await registry.close()
    await histories.close()
  })
  const app = createApp(site, assets ?? { find: () => undefined }, warn)
  return {
    ...{ root, warnings, site },
    async ask(path, { json, ...init } = {}) {
      const headers = new Headers(init.headers)
      if (!headers.has('host')) headers.set('host', 'localhost')
      if (json !== undefined) headers.set('content-type', 'application/json')
      const method = json === undefined ? 'GET' : 'POST'
      const response = await app.request(path, { method, ...init, headers, ...(json !== undefined && { body: JSON.stringify(json) }) }) // biome-ignore format: one line
      const text = await response.text()
      const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
      return {
        status: response.status,
        body: isJson && text !== '' ? JSON.parse(text) : text,
        headers: response.headers,
      }
    },
  }
}

/** Returns the body of an error answer. */
export function refused(code: string, message: string, issues?: unknown): object {
  return { error: issues === undefined ? { code, message } : { code, message, issues } }
}
