import { isObject, type JsonObject } from '@hotcb/protocol'
import type { RememberedRun } from './engine/states.ts'
import type { DeliveryResult, QueuedMessage } from './queue/lane.ts'
import { LEVELS, type NotifyMessage, type Phase } from './types.ts'

/** The state of a message to one channel. */
export type DeliveryState = 'due' | 'sent' | 'failed' | 'dropped'

/** A line in `hotcb.notify.jsonl`. The holder adds `n`. */
export type NotifyLine =
  | {
      readonly kind: 'edge'
      readonly ts: number
      readonly key: string
      readonly phase: Phase
      readonly step: number | null
      /** The message for an edge that begins; null for an edge that ends, and in older logs. */
      readonly message: NotifyMessage | null
    }
  | {
      readonly kind: 'notify'
      readonly ts: number
      readonly id: string
      readonly key: string
      readonly channel: string
      readonly state: DeliveryState
      readonly tries: number
      /** Only in the first line of a delivery. */
      readonly message: NotifyMessage | null
      readonly reason: string | null
      /** The ID of the message in the channel, if the message can be changed later. */
      readonly ref: string | null
    }
  | { readonly kind: 'seen'; readonly ts: number; readonly sighted: RememberedRun }
  | {
      readonly kind: 'answer'
      readonly ts: number
      readonly action: string
      readonly verdict: 'approve' | 'reject'
      readonly author: string
      readonly outcome: string
    }

export type NotifyEdge = Extract<NotifyLine, { readonly kind: 'edge' }>
export type NotifyDelivery = Extract<NotifyLine, { readonly kind: 'notify' }>

/** Returns the line that records the outcome of a message. */
export function deliveryLine(
  channel: string,
  { item, state, tries, reason, ref }: DeliveryResult,
  ts: number,
): NotifyDelivery {
  return { kind: 'notify', ts, id: item.id, key: item.key, channel, state, tries, message: null, reason, ref }
}

/** Returns the line that is written before a message is sent. */
export function dueLine(channel: string, { id, key, message, since }: QueuedMessage): NotifyDelivery {
  return { kind: 'notify', ts: since, id, key, channel, state: 'due', tries: 0, message, reason: null, ref: null }
}

/** Formats a line for the file. */
export function formatNotifyLine(line: NotifyLine): JsonObject {
  const { kind, ts, ...data } = line
  // Every field is a string, a number or an object of these.
  return { kind, ts, data: data as unknown as JsonObject }
}

/** Parses a line; returns undefined for an unknown one. */
export function readNotifyLine(line: JsonObject): NotifyLine | undefined {
  const { kind, ts, data } = line
  if (typeof ts !== 'number' || !isObject(data)) return undefined
  const texts = (...keys: readonly string[]): boolean => keys.every((key) => typeof data[key] === 'string')
  const isPhase = PHASES.some((phase) => phase === data['phase'])
  if (kind === 'edge' && texts('key') && isPhase) return readEdge(data, ts)
  if (kind === 'answer' && texts('action', 'verdict', 'author', 'outcome')) return { ...data, kind, ts } as NotifyLine
  if (kind === 'seen' && isObject(data['sighted'])) return { ...data, kind, ts } as unknown as NotifyLine
  const isState = STATES.some((state) => state === data['state'])
  if (kind !== 'notify' || !isState || !texts('id', 'key', 'channel') || typeof data['tries'] !== 'number')
    return undefined
  return { ...data, kind, ts, message: readMessage(data['message']) } as NotifyLine
}

function readEdge(data: JsonObject, ts: number): NotifyLine {
  const { step, message } = data
  const read = { step: typeof step === 'number' ? step : null, message: readMessage(message) }
  return { ...data, kind: 'edge', ts, ...read } as NotifyLine
}

const PHASES: readonly Phase[] = ['opened', 'repeated', 'recovered', 'test', 'sent']
const STATES: readonly DeliveryState[] = ['due', 'sent', 'failed', 'dropped']

function readMessage(value: unknown): NotifyMessage | null {
  if (!isObject(value)) return null
  const isText = ['title', 'text', 'run', 'rule'].every((key) => typeof value[key] === 'string')
  const isOptional = (key: string, type: string): boolean => value[key] === null || typeof value[key] === type
  const isKnown = LEVELS.some((level) => level === value['level']) && PHASES.some((phase) => phase === value['phase'])
  return isText && isKnown && isOptional('metric', 'string') && isOptional('value', 'number')
    ? (value as unknown as NotifyMessage)
    : null
}
