import type { MessageLevel, NotifyMessage, QuietHours } from '../types.ts'
import { quietFor } from './quiet.ts'

/** One message on its way to one channel. */
export interface QueuedMessage {
  readonly id: string
  readonly key: string
  readonly message: NotifyMessage
  /** Epoch seconds. */
  readonly since: number
  /** How often it was tried. */
  readonly tries: number
}

/** What is sent at once: one message, or several as a digest. */
export interface OutgoingBatch {
  readonly items: readonly QueuedMessage[]
}

/** How sending ended. */
export type SendResult =
  | { readonly ok: true; readonly ref?: string | undefined }
  | {
      readonly ok: false
      readonly reason: string
      /** Whether another try may go better. */
      readonly retry: boolean
      /** Seconds that the server asks to wait. */
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

/** The messages of one channel: one at a time, retried, limited, quiet at night. Pure; times are epoch seconds. */
export interface ChannelQueue {
  /** Adds a message. Returns the messages that were dropped for it. */
  add(item: QueuedMessage): readonly DeliveryResult[]
  /** What to send now; undefined while nothing is due or one is on its way. */
  next(now: number): OutgoingBatch | undefined
  /** Takes how sending ended. */
  settle(parcel: OutgoingBatch, result: SendResult, now: number): readonly DeliveryResult[]
  /** Takes a message that was sent before, for the limit; epoch seconds. */
  remember(sentAt: number): void
  /** Takes messages out that are no longer to be sent. */
  remove(isUnwanted: (item: QueuedMessage) => boolean): void
  /** When to ask again; null if nothing waits. */
  wakeAt(now: number): number | null
  readonly length: number
}

export interface ChannelQueueOptions {
  /** Messages in any 60 minutes. */
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
  /** Not before; epoch seconds. */
  readonly notBefore: number
  /** Held back by a limit or by quiet hours: goes with others in a digest. */
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

/** The most urgent message; or, where several were held back, all of them together. A question goes alone, with its buttons. */
function chooseParcel(ready: readonly Waiting[]): readonly Waiting[] {
  const [first] = ready.toSorted((a, b) => RANK[a.message.level] - RANK[b.message.level] || a.since - b.since)
  if (first === undefined) return []
  if (!first.isHeld || first.message.action !== null) return [first]
  return ready.filter(({ isHeld, message }) => isHeld && message.action === null).slice(0, MOST_IN_DIGEST)
}

/** A queue that nobody empties must not grow forever: the least urgent goes first, of these the oldest. */
function dropFrom(waiting: Waiting[]): readonly DeliveryResult[] {
  if (waiting.length <= LONGEST_QUEUE) return []
  const [least] = waiting.toSorted((a, b) => RANK[b.message.level] - RANK[a.message.level] || a.since - b.since)
  if (least === undefined) return []
  waiting.splice(waiting.indexOf(least), 1)
  const reason = `more than ${LONGEST_QUEUE} messages wait for this channel`
  return [{ item: least, state: 'dropped', tries: least.tries, reason, ref: null }]
}
