import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { messageOf, printable } from '@hotcb/protocol'
import type { WireChannel } from '../shared/wire.ts'
import type { Client } from './client.ts'
import type { DashboardConfig } from './config.ts'
import { LineFeed } from './line-feed.ts'
import type { FoundRun } from './run-finder.ts'
import type { LineStream } from './streams/stream.ts'

/** The files that clients follow. They are checked in turns, and closed when the last client leaves. */
export class LineFeeds {
  readonly #config: DashboardConfig
  readonly #clientCount: () => number
  readonly #warn: (message: string) => void
  readonly #feeds: Map<string, LineFeed> = new Map()
  #timer: NodeJS.Timeout | undefined
  #isTurning = false
  #isClosed = false
  /** When a file last grew or a client last subscribed. */
  #grownMs = 0

  constructor(config: DashboardConfig, clientCount: () => number, warn: (message: string) => void) {
    this.#config = config
    this.#clientCount = clientCount
    this.#warn = warn
  }

  /** Lets a client follow a stream of a run, from its cursor or from the end of the file. */
  async subscribe(
    client: Client,
    run: FoundRun,
    channel: WireChannel,
    stream: LineStream<unknown>,
    from: { readonly cursor: string | null; readonly names: readonly string[] | undefined },
  ): Promise<void> {
    const key = keyOf(run.id, channel)
    let feed = this.#feeds.get(key)
    if (feed === undefined) {
      feed = new LineFeed({
        run: run.id,
        channel,
        stream,
        path: join(run.dir, stream.file),
        roots: run.roots,
        livePoints: this.#config.live_points,
        catchUpBytes: this.#config.ws_catch_up_bytes,
      })
      this.#feeds.set(key, feed)
    }
    await feed.subscribe(client, from.cursor, from.names)
    this.#plan(true)
  }

  unsubscribe(client: Client, channel: string, run: string): void {
    this.#feeds.get(keyOf(run, channel))?.unsubscribe(client)
  }

  /** Removes a client from all files. */
  leave(client: Client): void {
    for (const feed of this.#feeds.values()) feed.unsubscribe(client)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await Promise.all([...this.#feeds.values()].map((feed) => feed.close()))
  }

  async #turn(): Promise<void> {
    this.#timer = undefined
    this.#isTurning = true
    const turns = [...this.#feeds].map(([key, feed]) => this.#turnOf(key, feed))
    // A slow file does not delay the others.
    const ended = await Promise.race([Promise.all(turns), wait(SLOW_MS, undefined, { ref: false })])
    this.#isTurning = false
    this.#plan(ended?.some((hasGrown) => hasGrown) ?? true)
  }

  async #turnOf(key: string, feed: LineFeed): Promise<boolean> {
    if (feed.isIdle) {
      this.#feeds.delete(key)
      await feed.close()
      return false
    }
    try {
      return await feed.turn()
    } catch (error) {
      this.#warn(printable(`${key.replace('\n', ' ')}: ${messageOf(error)}`))
      return false
    }
  }

  // With many clients each one gets fewer but larger messages, because most of the cost is per message.
  #plan(hasGrown: boolean): void {
    if (this.#isClosed || this.#isTurning || this.#timer !== undefined || this.#feeds.size === 0) return
    const { poll_interval: busy, idle_poll_interval: idle } = this.#config
    if (hasGrown) this.#grownMs = performance.now()
    // The longer no file has grown, the less often files are checked. After five seconds the interval is the idle one.
    const restSeconds = (performance.now() - this.#grownMs) / 1000
    const seconds = hasGrown ? busy : Math.min(idle, Math.max(busy * 2.5, restSeconds / 25))
    this.#timer = setTimeout(() => void this.#turn(), seconds * 1000 + Math.min(200, this.#clientCount() / 3))
  }
}

const SLOW_MS = 100

// The id of a run never contains a line break.
function keyOf(run: string, channel: string): string {
  return `${run}\n${channel}`
}
