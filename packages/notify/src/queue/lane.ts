import type { MessageLevel, NotifyMessage, QuietHours } from '../types.ts'
import { quietFor } from './quiet.ts'

/** One message that is waiting for one channel. */
export interface QueuedMessage {
  readonly id: string
  readonly key: string
  readonly message: NotifyMessage
  /** Epoch seconds. */
  readonly since: number
  /** The number of tries so far. */
  readonly tries: number
}

/** One outgoing batch: one message, or several as a digest. */
export interface OutgoingBatch {
  readonly items: readonly QueuedMessage[]
}

/** The result of sending. */
export type SendResult =
  | { readonly ok: true; readonly ref?: string | undefined }
  | {
      readonly ok: false
      readonly reason: string
      /** Whether another try may succeed. */
      readonly retry: boolean
      /** The number of seconds for which the server asks the client to wait. */
      readonly retryAfter?: number | undefined
    }

/** The outcome of a message after one try, or without a try. */
export interface DeliveryResult {
  readonly item: QueuedMessage
  readonly state: 'due' | 'sent' | 'failed' | 'dropped'
  readonly tries: number
  readonly reason: string | null
  readonly ref: string | null
}

/**
 * The message queue of one channel. It sends one message at a time, retries, limits the rate and respects quiet hours. Pure;
 * times are epoch seconds.
 */
export interface ChannelQueue {
  /** Adds a message. Returns the messages that were dropped for it. */
  add(item: QueuedMessage): readonly DeliveryResult[]
  /** Returns the batch to send now; undefined if none is due or one is being sent. */
  next(now: number): OutgoingBatch | undefined
  /** Processes the result of sending. */
  settle(parcel: OutgoingBatch, result: SendResult, now: number): readonly DeliveryResult[]
  /** Counts an earlier message towards the limit. `sentAt` is in epoch seconds. */
  remember(sentAt: number): void
  /** Removes messages that should no longer be sent. */
  remove(isUnwanted: (item: QueuedMessage) => boolean): void
  /** When to call {@link ChannelQueue.next} again; null if no message is waiting. */
  wakeAt(now: number): number | null
  readonly length: number
}

export interface ChannelQueueOptions {
  /** The largest number of messages in any 60 minutes. */
  readonly perHour: number
  readonly quiet: QuietHours | null
}

const MOST_TRIES = 5
const FIRST_WAIT = 5
const WAIT_FACTOR = 3
const LONGEST_WAIT = 600
const HOUR = 3600
const LONGEST_QUEUE = 200
const MOST_IN_DIGEST = 50

interface Waiting extends QueuedMessage {
  /** The earliest time of the next try, in epoch seconds. */
  readonly notBefore: number
  /** Whether a limit or quiet hours held it back. It is then sent in a digest with others. */
  isHeld: boolean
}

const RANK: Readonly<Record<MessageLevel, number>> = { critical: 0, warning: 1, info: 2 }

export function createChannelQueue({ perHour, quiet }: ChannelQueueOptions): ChannelQueue {
  let waiting: Waiting[] = []
  let sent: number[] = []
  let isBusy = false
  const limitEnds = (now: number): number => {
    sent = sent.filter((at) => at > now - HOUR)
    const first = sent[sent.length - perHour]
    return first === undefined ? now : first + HOUR
  }
  return {
    get length() {
      return waiting.length
    },
    add(item) {
      waiting.push({ ...item, notBefore: item.since, isHeld: false })
      return dropFrom(waiting)
    },
    next(now) {
      if (isBusy) return undefined
      const isLimited = limitEnds(now) > now
      const ready = waiting.filter((item) => {
        const isQuiet = quietFor(quiet, item.message.level, now) > 0
        if (isQuiet || isLimited) item.isHeld = true
        return !isQuiet && !isLimited && item.notBefore <= now
      })
      const items = chooseParcel(ready)
      if (items.length === 0) return undefined
      isBusy = true
      waiting = waiting.filter((item) => !items.includes(item))
      return { items }
    },
    settle({ items }, result, now) {
      isBusy = false
      if (result.ok) {
        sent.push(now)
        return items.map((item) => ({
          item,
          state: 'sent',
          tries: item.tries + 1,
          reason: null,
          ref: result.ref ?? null,
        }))
      }
      return items.map((item) => {
        const tries = item.tries + 1
        const isOver = !result.retry || tries >= MOST_TRIES
        if (!isOver)
          waiting.push({ ...item, tries, notBefore: now + waitOf(tries, result.retryAfter), isHeld: items.length > 1 })
        return { item, state: isOver ? 'failed' : 'due', tries, reason: result.reason, ref: null }
      })
    },
    remember(sentAt) {
      sent = [...sent, sentAt].sort((a, b) => a - b)
    },
    remove(isUnwanted) {
      waiting = waiting.filter((item) => !isUnwanted(item))
    },
    wakeAt(now) {
      if (waiting.length === 0 || isBusy) return null
      const limit = limitEnds(now)
      const times = waiting.map(({ notBefore, message }) =>
        Math.max(notBefore, limit, now + quietFor(quiet, message.level, now)),
      )
      return Math.min(...times)
    },
  }
}

function waitOf(tries: number, retryAfter = 0): number {
  return Math.max(FIRST_WAIT * WAIT_FACTOR ** (tries - 1), Math.min(retryAfter, LONGEST_WAIT))
}

/**
 * Returns the most urgent message or, if several were held back, all of them together. A question is sent on its own, with its buttons.
 */
function chooseParcel(ready: readonly Waiting[]): readonly Waiting[] {
  const [first] = ready.toSorted((a, b) => RANK[a.message.level] - RANK[b.message.level] || a.since - b.since)
  if (first === undefined) return []
  if (!first.isHeld || first.message.action !== null) return [first]
  return ready.filter(({ isHeld, message }) => isHeld && message.action === null).slice(0, MOST_IN_DIGEST)
}

/**
 * Drops messages, because a queue that is never emptied must not grow forever. The least urgent messages are dropped first, oldest first.
 */
function dropFrom(waiting: Waiting[]): readonly DeliveryResult[] {
  if (waiting.length <= LONGEST_QUEUE) return []
  const [least] = waiting.toSorted((a, b) => RANK[b.message.level] - RANK[a.message.level] || a.since - b.since)
  if (least === undefined) return []
  waiting.splice(waiting.indexOf(least), 1)
  const reason = `more than ${LONGEST_QUEUE} messages are waiting for this channel`
  return [{ item: least, state: 'dropped', tries: least.tries, reason, ref: null }]
}
