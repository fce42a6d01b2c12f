import { messageOf } from '@hotcb/protocol'
import type { DocumentChannel, ServerMessage, WireChannel } from '../shared/wire.ts'
import type { Client } from './client.ts'
import type { RunRegistry } from './run-registry.ts'

/** Sends what is a picture, not a stream: where a run stands, and the table of runs. The newest wins. */
export class DocumentFeed {
  readonly #registry: RunRegistry
  readonly #warn: (message: string) => void
  readonly #watchers: Map<string, Set<Client>> = new Map()
  readonly #sent: Map<string, string> = new Map()
  #timer: NodeJS.Timeout | undefined
  #isClosed = false
  #turns = 0

  constructor(registry: RunRegistry, warn: (message: string) => void) {
    this.#registry = registry
    this.#warn = warn
  }

  async subscribe(client: Client, channel: DocumentChannel, run: string): Promise<void> {
    const key = channel === 'runs' ? RUNS : run
    const watchers = this.#watchers.get(key) ?? new Set()
    this.#watchers.set(key, watchers.add(client))
    if (key === RUNS) {
      client.send({ type: 'data', run: '', channel: 'runs', data: { rows: await this.#registry.rows(), removed: [] } })
    } else {
      this.#sent.delete(key)
      await this.#sendState(key)
    }
    this.#plan()
  }

  unsubscribe(client: Client, channel: WireChannel, run: string): void {
    if (channel === 'runs') this.#drop(RUNS, client)
    if (channel === 'state') this.#drop(run, client)
  }

  leave(client: Client): void {
    for (const key of [...this.#watchers.keys()]) this.#drop(key, client)
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  #drop(key: string, client: Client): void {
    const watchers = this.#watchers.get(key)
    watchers?.delete(client)
    if (watchers?.size !== 0) return
    this.#watchers.delete(key)
    this.#sent.delete(key)
  }

  #plan(): void {
    if (this.#isClosed || this.#timer !== undefined || this.#watchers.size === 0) return
    this.#timer = setTimeout(() => void this.#turn(), TURN_MS)
  }

  async #turn(): Promise<void> {
    this.#turns++
    try {
      for (const key of this.#watchers.keys()) {
        if (key !== RUNS) await this.#sendState(key)
      }
      if (this.#watchers.has(RUNS) && (this.#turns % 4 === 0 || !this.#registry.isComplete)) await this.#sendRows()
    } catch (error) {
      this.#warn(messageOf(error))
    }
    this.#timer = undefined
    this.#plan()
  }

  async #sendState(id: string): Promise<void> {
    const run = await this.#registry.open(id)
    if (run === undefined) return this.#send(id, { type: 'gone', run: id })
    const data = await run.detail()
    this.#send(id, { type: 'data', run: id, channel: 'state', data })
  }

  async #sendRows(): Promise<void> {
    const data = await this.#registry.refresh(200)
    if (data.rows.length === 0 && data.removed.length === 0) return
    this.#send(RUNS, { type: 'data', run: '', channel: 'runs', data })
  }

  /** Sends a message to all who watch `key`, unless it is what they have. */
  #send(key: string, message: ServerMessage): void {
    const text = JSON.stringify(message)
    if (this.#sent.get(key) === text) return
    this.#sent.set(key, text)
    const bytes = Buffer.from(text)
    for (const client of this.#watchers.get(key) ?? []) {
      if (client.isBehind) this.#sent.delete(key)
      else client.sendBytes(bytes)
    }
  }
}

// No id of a run is empty.
const RUNS = ''
const TURN_MS = 250
