import type { AsyncTail, TailLine } from '@hotcb/journal'
import type { ServerMessage, WireChannel } from '../shared/wire.ts'
import type { Client } from './client.ts'
import { followConfined } from './run-files.ts'
import type { Encoded, LineStream, Reading } from './streams/stream.ts'

/** The position of one client in one stream. */
export interface StreamSubscription {
  readonly client: Client
  /** The metrics to send; undefined sends all. */
  readonly names: ReadonlySet<string> | undefined
  /** Equal for subscriptions that receive the same bytes. */
  readonly group: string
  offset: number
}

/** Options of a feed. */
export interface LineFeedOptions {
  readonly run: string
  readonly channel: WireChannel
  readonly stream: LineStream<unknown>
  /** The stream's file in this run. */
  readonly path: string
  readonly roots: readonly string[]
  /** If one metric has more points than this, they are sent as buckets. */
  readonly livePoints: number
  /** A client that is further behind than this must start over. */
  readonly catchUpBytes: number
}

/**
 * Sends new lines in one file to all clients that follow it.
 *
 * Each subscription has its own position. All subscriptions at the end of the file receive the same message. A subscription that is
 * behind (it has just started with a cursor, or its client reads slowly) gets its lines separately, read again from the file. No line is
 * skipped or sent twice, and a slow client does not delay the others.
 */
export class LineFeed {
  readonly subscriptions: Set<StreamSubscription> = new Set()
  readonly #options: LineFeedOptions
  readonly #tail: AsyncTail
  readonly #encode: (lines: readonly TailLine[], reading: Reading) => Encoded<unknown>
  #isPlaced = false
  #arriving = 0
  #isTurning = false
  #problem: string | undefined
  #work: Promise<unknown> = Promise.resolve()

  constructor(options: LineFeedOptions) {
    this.#options = options
    this.#tail = followConfined(options.path, options.roots)
    this.#encode = options.stream.open(options)
  }

  /** Whether this feed has no client, and none is being added. */
  get isIdle(): boolean {
    return this.subscriptions.size === 0 && this.#arriving === 0
  }

  /** Adds a client at its cursor, or at the end of the file. */
  async subscribe(client: Client, cursor: string | null, names: readonly string[] | undefined): Promise<void> {
    this.#arriving++
    try {
      await this.#place(client, cursor, names)
    } finally {
      this.#arriving--
    }
  }

  #place(client: Client, cursor: string | null, names: readonly string[] | undefined): Promise<void> {
    return this.#inTurn(async () => {
      this.unsubscribe(client)
      await this.#begin(cursor)
      await this.#readOn()
      const offset = cursor === null ? this.#tail.offset : this.#tail.offsetOf(cursor)
      if (offset === undefined || offset > this.#tail.offset) return this.#restart(client, 'replaced')
      const wanted = names === undefined ? undefined : new Set(names)
      const group = names === undefined ? '*' : [...names].sort().join('\n')
      this.subscriptions.add({ client, names: wanted, group, offset })
      if (this.#problem !== undefined) {
        const { run, channel } = this.#options
        client.send({ type: 'error', run, channel, message: this.#problem })
      }
      // A client without a cursor receives its position.
      if (cursor === null) client.send(this.#message(this.#tail.offset, this.#encode([], 'greeting')(wanted)))
    })
  }

  /** Starts reading at the first requested cursor, or at the end of the file. */
  async #begin(cursor: string | null): Promise<void> {
    if (this.#isPlaced) return
    if (cursor === null || !(await this.#tail.seek(cursor))) await this.#tail.seekEnd()
    this.#isPlaced = true
  }

  /** Removes a client. */
  unsubscribe(client: Client): void {
    for (const subscription of this.subscriptions) {
      if (subscription.client === client) this.subscriptions.delete(subscription)
    }
  }

  /** Reads the file once and sends the new lines. Resolves to true if there were any. */
  turn(): Promise<boolean> {
    if (this.#isTurning) return Promise.resolve(false)
    this.#isTurning = true
    return this.#inTurn(() => this.#readOn()).finally(() => {
      this.#isTurning = false
    })
  }

  async close(): Promise<void> {
    await this.#work
    await this.#tail.close()
  }

  async #readOn(): Promise<boolean> {
    let hasGrown = false
    for (let pieces = 0; pieces < PIECES_A_TURN; pieces++) {
      const from = this.#tail.offset
      const { lines, reset, more, failure } = await this.#tail.read(PIECE)
      this.#tell(failure?.message)
      if (reset !== null) {
        await this.#restartAll()
        return true
      }
      if (this.#tail.offset !== from || more) {
        hasGrown = true
        this.#sendToAll(from, lines)
      }
      // Lines that are appended in the meantime are found in the next turn: another check now would cost as much as this one.
      if (!more) break
    }
    for (const subscription of [...this.subscriptions]) {
      if (subscription.offset < this.#tail.offset) await this.#catchUp(subscription)
    }
    return hasGrown
  }

  /** Reports to all clients, once, that the file cannot be read. */
  #tell(problem: string | undefined): void {
    const { run, channel } = this.#options
    if (problem !== undefined && problem !== this.#problem) {
      for (const { client } of this.subscriptions) client.send({ type: 'error', run, channel, message: problem })
    }
    this.#problem = problem
  }

  async #restartAll(): Promise<void> {
    for (const { client } of this.subscriptions) this.#restart(client, 'replaced')
    this.subscriptions.clear()
    await this.#tail.seekEnd()
  }

  #sendToAll(from: number, lines: readonly TailLine[]): void {
    const messages = new Map<string, Buffer>()
    const to = this.#tail.offset
    const encoded = this.#encode(lines, 'new')
    for (const subscription of this.subscriptions) {
      if (subscription.offset !== from || subscription.client.isBehind) continue
      let message = messages.get(subscription.group)
      if (message === undefined) {
        message = this.#bytes(to, encoded(subscription.names))
        messages.set(subscription.group, message)
      }
      subscription.offset = to
      subscription.client.sendBytes(message)
    }
  }

  async #catchUp(subscription: StreamSubscription): Promise<void> {
    const { client, offset, names } = subscription
    if (client.isBehind) return
    if (this.#tail.offset - offset > this.#options.catchUpBytes) {
      this.subscriptions.delete(subscription)
      this.#restart(client, 'behind')
      return
    }
    const { lines, to } = await this.#tail.readAt(offset, PIECE)
    if (to === offset) return
    subscription.offset = to
    client.sendBytes(this.#bytes(to, this.#encode(lines, 'behind')(names)))
  }

  #message(to: number, data: unknown): ServerMessage {
    const { run, channel } = this.#options
    // The stream and its channel belong to the same table entry; TypeScript sees two unions.
    return { type: 'data', run, cursor: this.#tail.cursorAt(to), channel, data } as ServerMessage
  }

  #bytes(to: number, data: unknown): Buffer {
    return Buffer.from(JSON.stringify(this.#message(to, data)))
  }

  #restart(client: Client, reason: 'replaced' | 'behind'): void {
    const { run, channel } = this.#options
    client.send({ type: 'restart', run, channel, cursor: this.#tail.cursor, reason })
  }

  #inTurn<Value>(task: () => Promise<Value>): Promise<Value> {
    const next = this.#work.then(task)
    this.#work = next.catch(() => undefined)
    return next
  }
}

const PIECE = 1 << 19
const PIECES_A_TURN = 8
