import type { JsonObject } from '@hotcb/protocol'
import { createHoldFold } from '@hotcb/run'
import { type DeliveryState, readNotifyLine } from './log-line.ts'
import type { NotifyMessage } from './types.ts'

/** One message to one channel, and its current state. */
export interface Delivery {
  readonly id: string
  /** When it was created, epoch seconds. */
  readonly ts: number
  /** When its state was recorded, epoch seconds. */
  readonly changed: number
  readonly channel: string
  readonly state: DeliveryState
  readonly tries: number
  readonly reason: string | null
  readonly message: NotifyMessage | null
}

/** Reads a log of deliveries, line after line. */
export interface DeliveryFold {
  take(line: JsonObject): void
  /** The deliveries in the order in which they were created. */
  deliveries(): readonly Delivery[]
}

export function createDeliveryFold(): DeliveryFold {
  const hold = createHoldFold()
  const all = new Map<string, Delivery>()
  return {
    take(raw) {
      if (hold.take(raw) !== 'line') return
      const line = readNotifyLine(raw)
      if (line?.kind !== 'notify') return
      const { id, channel, state, tries, reason, ts, message } = line
      const before = all.get(`${channel} ${id}`)
      all.set(`${channel} ${id}`, {
        id,
        ts: before?.ts ?? ts,
        changed: ts,
        channel,
        state,
        tries,
        reason,
        message: before?.message ?? message,
      })
    },
    deliveries: () => [...all.values()],
  }
}
