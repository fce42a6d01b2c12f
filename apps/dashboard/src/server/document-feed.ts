import { setTimeout as wait } from 'node:timers/promises'
import { messageOf, printable } from '@hotcb/protocol'
import type { ServerMessage, WireChannel } from '../shared/wire.ts'
import type { Client } from './client.ts'
import type { RunRegistry } from './run-registry.ts'
import type { DocumentStream } from './streams/stream.ts'

/** One document that has followers. */
interface Watched {
  readonly channel: WireChannel
  readonly stream: DocumentStream<unknown>
  /** Empty if all runs share the document. */
  readonly run: string
  readonly clients: Set<Client>
  /** The message that every client has received; undefined if some client may not have received it. */
  sent: string | undefined
  isLooking: boolean
  /** The last warning about this document. */
  told: string | undefined
}

/** Sends documents that have changed to the clients that follow them. A client always gets the latest version. */
export class DocumentFeed {
  readonly #registry: RunRegistry
  readonly #warn: (message: string) => void
  readonly #watched: Map<string, Watched> = new Map()
  #timer: NodeJS.Timeout | undefined
  #isClosed = false
  #turns = 0

  constructor(registry: RunRegistry, warn: (message: string) => void) {
    this.#registry = registry
    this.#warn = warn
  }

  async subscribe(client: Client, channel: WireChannel, stream: DocumentStream<unknown>, id: string): Promise<void> {
    const run = stream.scope === 'site' ? '' : id
    const key = keyOf(channel, run)
    const watched = this.#watched.get(key) ?? newlyWatched(channel, stream, run)
    this.#watched.set(key, watched)
    watched.clients.add(client)
    if (stream.first !== undefined) client.send(dataOf(watched, await stream.first(this.#registry)))
    else {
      watched.sent = undefined
      await this.#look(watched)
    }
    this.#plan()
  }

  unsubscribe(client: Client, channel: string, run: string): void {
    for (const key of [keyOf(channel, run), keyOf(channel, '')]) this.#drop(key, client)
  }

  /** Removes a client from all documents. */
  leave(client: Client): void {
    for (const key of [...this.#watched.keys()]) this.#drop(key, client)
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  #drop(key: string, client: Client): void {
    const watched = this.#watched.get(key)
    watched?.clients.delete(client)
    if (watched?.clients.size === 0) this.#watched.delete(key)
  }

  #plan(): void {
    if (this.#isClosed || this.#timer !== undefined || this.#watched.size === 0) return
    this.#timer = setTimeout(() => void this.#turn(), TURN_MS)
  }

  async #turn(): Promise<void> {
    this.#turns++
    const due = [...this.#watched.values()].filter(
      (watched) => !watched.isLooking && watched.stream.isDue(this.#registry, this.#turns),
    )
    // A slow document does not delay the others. It is checked again once its current check has finished.
    await Promise.race([
      Promise.all(due.map((watched) => this.#lookSafely(watched))),
      wait(TURN_MS, undefined, { ref: false }),
    ])
    this.#timer = undefined
    this.#plan()
  }

  async #lookSafely(watched: Watched): Promise<void> {
    watched.isLooking = true
    try {
      await this.#look(watched)
      watched.told = undefined
    } catch (error) {
      const message = `${watched.channel} ${watched.run}: ${messageOf(error)}`
      if (message !== watched.told) this.#warn(printable(message))
      watched.told = message
    } finally {
      watched.isLooking = false
    }
  }

  async #look(watched: Watched): Promise<void> {
    const data = await watched.stream.next(this.#registry, watched.run, watched.clients)
    if (data === undefined) return
    this.#send(watched, data === 'gone' ? { type: 'gone', run: watched.run } : dataOf(watched, data))
  }

  /** Sends a message to all clients that follow the document, unless they already have it. */
  #send(watched: Watched, message: ServerMessage): void {
    const text = JSON.stringify(message)
    if (watched.sent === text) return
    watched.sent = text
    const bytes = Buffer.from(text)
    for (const client of watched.clients) {
      if (client.isBehind) watched.sent = undefined
      else client.sendBytes(bytes)
    }
  }
}

function newlyWatched(channel: WireChannel, stream: DocumentStream<unknown>, run: string): Watched {
  return { channel, stream, run, clients: new Set(), sent: undefined, isLooking: false, told: undefined }
}

function dataOf({ run, channel }: Watched, data: unknown): ServerMessage {
  // The stream and its channel belong to the same table entry; TypeScript sees two unions.
  return { type: 'data', run, channel, data } as ServerMessage
}

function keyOf(channel: string, run: string): string {
  return `${channel}\n${run}`
}

const TURN_MS = 250
