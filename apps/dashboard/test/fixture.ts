import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { type Dashboard, type DashboardOptions, type RunRow, startDashboard } from '../src/index.ts'

export { type GeneratedRun, generateRun, metricNames, seeded } from '../../../bench/dashboard/generate-run.mjs'

import { removeDirectory } from '../../../test/remove-directory.ts'
import type { ClientMessage, ServerMessage } from '../src/shared/wire.ts'

/** A separate directory for one test. */
export function temporaryRoot(): string {
  const root = mkdtempSync(join(tmpdir(), 'hotcb-dashboard-'))
  onTestFinished(() => removeDirectory(root))
  return root
}

/** A run directory below `root`, empty. */
export function emptyRun(root: string, name: string): string {
  const dir = join(root, name)
  mkdirSync(dir, { recursive: true })
  return dir
}

/** A dashboard on a free port, closed after the test. */
export async function dashboard(options: DashboardOptions): Promise<Dashboard> {
  const started = await startDashboard({ port: 0, warn: () => undefined, ...options })
  onTestFinished(() => started.close())
  return started
}

/** Sends a request to the API, and returns the answer. */
export async function ask(
  site: Dashboard,
  path: string,
  init: RequestInit & { readonly json?: unknown } = {},
): Promise<{ readonly status: number; readonly body: unknown; readonly headers: Headers }> {
  const { json, ...rest } = init
  // Otherwise the server may close an idle connection at the moment at which it is used again.
  const headers = { Connection: 'close', ...rest.headers }
  const request: RequestInit =
    json === undefined
      ? { ...rest, headers }
      : {
          method: 'POST',
          ...rest,
          body: JSON.stringify(json),
          headers: { 'Content-Type': 'application/json', ...headers },
        }
  const response = await fetch(new URL(path, site.url), request)
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
  return { status: response.status, body: isJson ? JSON.parse(text) : text, headers: response.headers }
}

/** An open socket, and all messages that it has received. */
export interface Listener {
  readonly messages: ServerMessage[]
  send(message: ClientMessage): void
  /** Waits for a message that matches. */
  until(fits: (message: ServerMessage) => boolean): Promise<ServerMessage>
  readonly socket: WebSocket
}

/** Opens the WebSocket of a dashboard. */
export async function listen(site: Dashboard, headers: Record<string, string> = {}): Promise<Listener> {
  const socket = new WebSocket(`ws://127.0.0.1:${site.port}/ws`, { headers })
  const messages: ServerMessage[] = []
  const waiting = new Set<() => void>()
  socket.on('message', (data) => {
    messages.push(JSON.parse(String(data)))
    for (const wake of waiting) wake()
  })
  onTestFinished(() => socket.terminate())
  await new Promise<void>((done, fail) => {
    socket.once('open', done)
    socket.once('error', fail)
  })
  let seen = 0
  return {
    messages,
    socket,
    send: (message) => socket.send(JSON.stringify(message)),
    async until(fits) {
      for (;;) {
        for (; seen < messages.length; seen++) {
          const message = messages[seen]
          if (message !== undefined && fits(message)) {
            seen++
            return message
          }
        }
        await new Promise<void>((done) => {
          const wake = (): void => {
            waiting.delete(wake)
            done()
          }
          waiting.add(wake)
        })
      }
    },
  }
}

/** Waits until `check` returns a value. */
export async function eventually<Value>(check: () => Value | undefined | Promise<Value | undefined>): Promise<Value> {
  for (;;) {
    const value = await check()
    if (value !== undefined && value !== false) return value
    await new Promise((done) => setTimeout(done, 10))
  }
}

/** The list of runs, once each row has been read. A busy server answers before that. */
export function runList(site: Dashboard): Promise<RunList> {
  return eventually(async () => {
    // The schema of this answer is tested on its own.
    const body = (await ask(site, '/api/runs')).body as RunList
    // A row whose first read is slow counts as complete before it has been read.
    const isRead = body.runs.every(({ updated, problem }) => updated > 0 || problem !== null)
    return body.complete && isRead ? body : undefined
  })
}

/** The answer of `/api/runs`. */
export interface RunList {
  readonly runs: readonly RunRow[]
  readonly complete: boolean
  readonly problems: readonly string[]
}
