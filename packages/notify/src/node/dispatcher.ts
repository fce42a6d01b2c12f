import { messageOf as parcelMessage } from '../queue/digest.ts'
import {
  type ChannelQueue,
  createChannelQueue,
  type DeliveryResult,
  type OutgoingBatch,
  type QueuedMessage,
  type SendResult,
} from '../queue/lane.ts'
import type { NotifyConfig } from '../types.ts'
import type { NotifyChannel, Outgoing } from './channel.ts'
import { failureOf } from './http.ts'

/** The run that sends a message. */
export interface Sender {
  /** Whether this notifier still owns the run. If not, it must not send anything about the run. */
  isHeld(): boolean
  /** Records the outcome of messages. */
  settled(channel: string, settled: readonly DeliveryResult[]): void
}

/** Sends the messages of all runs, one at a time per channel. */
export interface Dispatcher {
  readonly channels: readonly NotifyChannel[]
  add(channel: string, item: QueuedMessage, sender: Sender, buttons: Outgoing['buttons']): void
  /** Takes earlier messages into account for the limits. Times are in epoch seconds. */
  remember(channel: string, sentAt: readonly number[]): void
  /** Drops a sender's waiting messages. Its log still lists them as due. */
  remove(sender: Sender): void
  /** Whether no message is waiting or being sent. */
  isIdle(): boolean
  close(): Promise<void>
}

interface Known {
  readonly sender: Sender
  readonly buttons: Outgoing['buttons']
}

const SEND_MS = 10_000

export function createDispatcher(
  channels: readonly NotifyChannel[],
  { perHour, quiet }: Pick<NotifyConfig, 'perHour' | 'quiet'>,
  scrub: (text: string) => string,
): Dispatcher {
  const lanes = new Map(
    channels.map((channel) => [channel.name, openLane(channel, createChannelQueue({ perHour, quiet }), scrub)]),
  )
  return {
    channels,
    add: (channel, item, sender, buttons) => lanes.get(channel)?.add(item, { sender, buttons }),
    remember: (channel, sentAt) => lanes.get(channel)?.remember(sentAt),
    remove(sender) {
      for (const lane of lanes.values()) lane.remove(sender)
    },
    isIdle: () => [...lanes.values()].every((lane) => lane.isIdle()),
    async close() {
      await Promise.all([...lanes.values()].map((lane) => lane.close()))
      await Promise.all(channels.map((channel) => channel.close().catch(() => undefined)))
    },
  }
}

interface OpenLane {
  add(item: QueuedMessage, known: Known): void
  remember(sentAt: readonly number[]): void
  remove(sender: Sender): void
  isIdle(): boolean
  close(): Promise<void>
}

/** Runs one channel's queue, on a timer and whenever a message is added or settled. */
function openLane(channel: NotifyChannel, lane: ChannelQueue, scrub: (text: string) => string): OpenLane {
  const known = new Map<string, Known>()
  let timer: NodeJS.Timeout | undefined
  let sending: Promise<void> | undefined
  let isClosed = false
  const tell = (settled: readonly DeliveryResult[]): void => {
    const bySender = new Map<Sender, DeliveryResult[]>()
    for (const one of settled) {
      const sender = known.get(one.item.id)?.sender
      if (sender !== undefined) bySender.set(sender, [...(bySender.get(sender) ?? []), one])
      if (one.state !== 'due') known.delete(one.item.id)
    }
    for (const [sender, some] of bySender) sender.settled(channel.name, some)
  }
  const send = async (parcel: OutgoingBatch): Promise<void> => {
    const items = parcel.items.filter(({ id }) => known.get(id)?.sender.isHeld() === true)
    const message = parcelMessage({ items })
    const [first] = items
    if (message === undefined || first === undefined) {
      lane.settle({ items: [] }, { ok: false, reason: '', retry: false }, nowSeconds())
      return
    }
    const buttons = message.action === null ? null : (known.get(first.id)?.buttons ?? null)
    const result = await sendWithin(channel, { id: first.id, message, buttons })
    const clean = result.ok ? result : { ...result, reason: scrub(result.reason) }
    tell(lane.settle({ items }, clean, nowSeconds()))
  }
  const pump = (): void => {
    clearTimeout(timer)
    if (isClosed || sending !== undefined) return
    const parcel = lane.next(nowSeconds())
    if (parcel !== undefined) {
      sending = send(parcel).finally(() => {
        sending = undefined
        pump()
      })
      return
    }
    const wakeAt = lane.wakeAt(nowSeconds())
    if (wakeAt !== null)
      timer = setTimeout(pump, Math.min(LONGEST_SLEEP_MS, Math.max(50, 1000 * (wakeAt - nowSeconds()))))
  }
  return {
    add(item, one) {
      known.set(item.id, one)
      tell(lane.add(item))
      // A batch is added completely before its first message is sent.
      queueMicrotask(pump)
    },
    remember: (sentAt) => sentAt.forEach((at) => void lane.remember(at)),
    remove(sender) {
      lane.remove(({ id }) => known.get(id)?.sender === sender)
      for (const [id, one] of known) if (one.sender === sender) known.delete(id)
    },
    isIdle: () => lane.length === 0 && sending === undefined,
    async close() {
      isClosed = true
      clearTimeout(timer)
      await sending
    },
  }
}

// This limits the time between checks, because clocks are adjusted and machines sleep.
const LONGEST_SLEEP_MS = 30_000

async function sendWithin(channel: NotifyChannel, outgoing: Outgoing): Promise<SendResult> {
  const signal = AbortSignal.timeout(SEND_MS)
  // A client that ignores the signal is abandoned anyway.
  const late = new Promise<SendResult>((resolve) => {
    const give = (): void => resolve({ ok: false, reason: 'no answer within 10 s', retry: true })
    setTimeout(give, SEND_MS + 1000).unref()
  })
  try {
    return await Promise.race([channel.send(outgoing, signal), late])
  } catch (error) {
    return failureOf(error)
  }
}

function nowSeconds(): number {
  return Date.now() / 1000
}
