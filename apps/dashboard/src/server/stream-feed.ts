import type { AsyncTail, TailLine } from '@hotcb/journal'
import { type MetricLine, readMetricLine } from '@hotcb/run'
import type { MetricsData, ServerMessage, StreamChannel } from '../shared/wire.ts'
import type { Client } from './client.ts'
import { parseLine } from './ledger-reader.ts'
import { toMetricsData } from './metric-lines.ts'
import { followConfined } from './run-files.ts'

/** One client's place in one stream. */
export interface StreamSubscription {
  readonly client: Client
  /** Only these metrics; all when undefined. */
  readonly names: ReadonlySet<string> | undefined
  /** Equal for subscriptions that are sent the same bytes. */
  readonly group: string
  offset: number
}

/** What a feed is made from. */
export interface StreamFeedOptions {
  readonly run: string
  readonly channel: StreamChannel
  readonly path: string
  readonly roots: readonly string[]
  readonly livePoints: number
  readonly catchUpBytes: number
  /** Lines that a new subscriber of the log is sent. */
  readonly burstLines: number
}

/**
 * Sends the new lines of one file to everybody who follows it.
 *
 * Each subscription has a place of its own. Those at the head share one message; one that is behind (it has just come
 * with a cursor, or its client reads slowly) is read to apart, from the file. So a message never skips a line and never
 * says one twice, and a slow client holds up nobody.
 */
export class StreamFeed {
  readonly subscriptions: Set<StreamSubscription> = new Set()
  readonly #options: StreamFeedOptions
  readonly #tail: AsyncTail
  readonly #known: Set<string> = new Set()
  #lastStep = Number.NEGATIVE_INFINITY
  #isPlaced = false
  #arriving = 0
  #work: Promise<unknown> = Promise.resolve()

  constructor(options: StreamFeedOptions) {
    this.#options = options
    this.#tail = followConfined(options.path, options.roots)
  }

  /** Nobody follows, and nobody is about to. */
  get isIdle(): boolean {
    return this.subscriptions.size === 0 && this.#arriving === 0
  }

  /** Adds a client, at its cursor or at the end of the file. */
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
      if (!this.#isPlaced) {
        this.#isPlaced = cursor === null || !(await this.#tail.seek(cursor))
        if (this.#isPlaced) await this.#tail.seekEnd()
        this.#isPlaced = true
      }
      await this.#readOn()
      const offset = cursor === null ? this.#tail.offset : this.#tail.offsetOf(cursor)
      if (offset === undefined || offset > this.#tail.offset) return this.#restart(client, 'replaced')
      const group = names === undefined ? '*' : [...names].sort().join('\n')
      this.subscriptions.add({ client, names: names === undefined ? undefined : new Set(names), group, offset })
      if (cursor === null) this.#greet(client, names)
    })
  }

  /** Removes a client. */
  unsubscribe(client: Client): void {
    for (const subscription of this.subscriptions) {
      if (subscription.client === client) this.subscriptions.delete(subscription)
    }
  }

  /** Looks once and sends what is new; true when there was something. */
  turn(): Promise<boolean> {
    return this.#inTurn(() => this.#readOn())
  }

  async close(): Promise<void> {
    await this.#work
    await this.#tail.close()
  }

  async #readOn(): Promise<boolean> {
    let hasGrown = false
    for (let pieces = 0; pieces < PIECES_A_TURN; pieces++) {
      const from = this.#tail.offset
      const { lines, reset, more } = await this.#tail.read(PIECE)
      if (reset !== null) {
        for (const { client } of this.subscriptions) this.#restart(client, 'replaced')
        this.subscriptions.clear()
        await this.#tail.seekEnd()
        return true
      }
      if (this.#tail.offset === from && !more) break
      hasGrown = true
      this.#sendToAll(from, lines)
    }
    for (const subscription of [...this.subscriptions]) {
      if (subscription.offset < this.#tail.offset) await this.#catchUp(subscription)
    }
    return hasGrown
  }

  #sendToAll(from: number, lines: readonly TailLine[]): void {
    const messages = new Map<string, Buffer>()
    const to = this.#tail.offset
    let metricLines: readonly MetricLine[] | undefined
    let flags = NO_FLAGS
    if (this.#options.channel === 'metrics') {
      metricLines = metricsOf(lines)
      flags = this.#note(metricLines)
    }
    for (const subscription of this.subscriptions) {
      if (subscription.offset !== from || subscription.client.isBehind) continue
      let message = messages.get(subscription.group)
      if (message === undefined) {
        message = encode(this.#message(to, lines, metricLines, subscription.names, flags))
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
    const metrics = this.#options.channel === 'metrics' ? metricsOf(lines) : undefined
    client.sendBytes(encode(this.#message(to, lines, metrics, names, { rewound: isRewound(metrics), new_names: true })))
  }

  #message(
    to: number,
    lines: readonly TailLine[],
    metrics: readonly MetricLine[] | undefined,
    names: ReadonlySet<string> | undefined,
    flags: Flags,
  ): ServerMessage {
    const { run, channel, livePoints } = this.#options
    const head = { type: 'data', run, cursor: this.#tail.cursorAt(to) } as const
    if (channel === 'metrics') {
      return { ...head, channel, data: { ...toMetricsData(metrics ?? [], names, livePoints), ...flags } }
    }
    const texts = lines.map(({ text }) => text)
    if (channel === 'log') return { ...head, channel, data: texts }
    return { ...head, channel, data: texts.map(parseLine).filter((line) => line !== undefined) }
  }

  /** Tells a client that has no cursor yet where it stands. */
  #greet(client: Client, names: readonly string[] | undefined): void {
    const wanted = names === undefined ? undefined : new Set(names)
    client.send(this.#message(this.#tail.offset, [], [], wanted, NO_FLAGS))
  }

  #restart(client: Client, reason: 'replaced' | 'behind'): void {
    const { run, channel } = this.#options
    client.send({ type: 'restart', run, channel, cursor: this.#tail.cursor, reason })
  }

  #note(lines: readonly MetricLine[]): Flags {
    let hasNew = false
    let isBack = false
    for (const { step, metrics } of lines) {
      isBack ||= step < this.#lastStep
      this.#lastStep = step
      for (const name in metrics) {
        if (this.#known.has(name)) continue
        this.#known.add(name)
        hasNew = true
      }
    }
    return { rewound: isBack, new_names: hasNew }
  }

  #inTurn<Value>(task: () => Promise<Value>): Promise<Value> {
    const next = this.#work.then(task)
    this.#work = next.catch(() => undefined)
    return next
  }
}

type Flags = Pick<MetricsData, 'rewound' | 'new_names'>

const NO_FLAGS: Flags = { rewound: false, new_names: false }
const PIECE = 1 << 19
const PIECES_A_TURN = 8

function metricsOf(lines: readonly TailLine[]): readonly MetricLine[] {
  return lines.map(({ text }) => readMetricLine(text)).filter((line) => line !== undefined)
}

function isRewound(lines: readonly MetricLine[] | undefined): boolean {
  return lines?.some((line, i) => i > 0 && line.step < (lines[i - 1]?.step ?? 0)) === true
}

function encode(message: ServerMessage): Buffer {
  return Buffer.from(JSON.stringify(message))
}
