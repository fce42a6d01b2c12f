import type { JsonObject } from '@hotcb/protocol'
import type { SavedEdge } from './engine/edge.ts'
import type { RememberedRun } from './engine/states.ts'
import { type NotifyDelivery, readNotifyLine } from './log-line.ts'
import type { QueuedMessage } from './queue/lane.ts'
import type { NotifyMessage } from './types.ts'

/** The state and the unfinished work of an earlier notifier. */
export interface NotifyHistory {
  readonly edges: ReadonlyMap<string, SavedEdge>
  readonly sighted: RememberedRun | undefined
  /** Messages that may not have been sent, by channel. */
  readonly unsent: ReadonlyMap<string, readonly QueuedMessage[]>
  /** The times in epoch seconds when messages were sent, by channel. */
  readonly sentAt: ReadonlyMap<string, readonly number[]>
  /** Messages with a question that has not been answered yet, and their IDs in the channels. */
  readonly questions: readonly Question[]
}

/** A message that asks for an answer. */
export interface Question {
  readonly action: string
  readonly channel: string
  readonly ref: string
  readonly message: NotifyMessage
}

// Limits only concern the last hour.
const MOST_TIMES = 999

/** Reads a log, line after line. */
export interface NotifyHistoryFold {
  take(line: JsonObject): void
  story(): NotifyHistory
}

export function createNotifyHistoryFold(): NotifyHistoryFold {
  const edges = new Map<string, SavedEdge>()
  const open = new Map<string, { readonly channel: string; readonly item: QueuedMessage }>()
  const sentAt = new Map<string, number[]>()
  const questions = new Map<string, Question>()
  let sighted: RememberedRun | undefined
  const takeDue = (name: string, { id, channel, key, tries, message, ts }: NotifyDelivery): void => {
    const before = open.get(name)
    if (message !== null) open.set(name, { channel, item: { id, key, message, since: ts, tries } })
    else if (before !== undefined) open.set(name, { channel, item: { ...before.item, tries } })
  }
  const takeSent = (name: string, { channel, ts, ref }: NotifyDelivery): void => {
    sentAt.set(channel, [...(sentAt.get(channel) ?? []).slice(-MOST_TIMES), ts])
    const message = open.get(name)?.item.message
    const action = message?.action ?? null
    if (message !== undefined && action !== null && ref !== null) questions.set(name, { action, channel, ref, message })
  }
  const takeDelivery = (line: NotifyDelivery): void => {
    const name = `${line.channel} ${line.id}`
    if (line.state === 'due') {
      takeDue(name, line)
      return
    }
    if (line.state === 'sent') takeSent(name, line)
    open.delete(name)
  }
  return {
    take(raw) {
      const line = readNotifyLine(raw)
      if (line?.kind === 'edge') edges.set(line.key, { phase: line.phase, at: { now: line.ts, step: line.step } })
      if (line?.kind === 'seen') sighted = line.sighted
      if (line?.kind === 'notify') takeDelivery(line)
    },
    story() {
      const unsent = new Map<string, QueuedMessage[]>()
      for (const { channel, item } of open.values()) unsent.set(channel, [...(unsent.get(channel) ?? []), item])
      return { edges, sighted, unsent, sentAt, questions: [...questions.values()] }
    },
  }
}
