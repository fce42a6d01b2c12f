import type { Hold } from '@hotcb/run/node'
import { buttonText } from '../button.ts'
import { deliveryLine, dueLine, formatNotifyLine, type NotifyLine } from '../log-line.ts'
import type { QueuedMessage } from '../queue/lane.ts'
import type { NotifyHistory, Question } from '../story.ts'
import type { NotifyMessage } from '../types.ts'
import type { Answers } from './answers.ts'
import type { NotifyChannel, Outgoing } from './channel.ts'
import type { Dispatcher, Sender } from './dispatcher.ts'

/** A message and its destination. */
export interface Addressed {
  readonly key: string
  readonly message: NotifyMessage
  readonly channels: readonly string[]
}

/** The outgoing messages of one run. Each message is recorded before and after it is sent. */
export interface Outbox {
  /**
   * Writes these lines and the messages in one append, then sends the messages. If the process is killed, either all of them are written
   * or none.
   */
  post(lines: readonly NotifyLine[], messages: readonly Addressed[]): void
  /** Takes over unfinished messages from an earlier notifier. */
  recover(story: NotifyHistory): void
  /** Updates the messages about a proposal with its outcome. */
  closeQuestion(action: string, says: string): void
  close(): void
}

export interface OutboxPorts {
  readonly dispatcher: Dispatcher
  /** Null if nobody can answer from a chat. */
  readonly answers: Answers | null
  say(text: string): void
}

/**
 * The longest absence of a notifier after which changes are still reported. After a longer absence, changes count as history and unsent
 * messages are too old.
 */
export const LONGEST_ABSENCE_SECONDS = 3600
const EDIT_MS = 10_000

/** @param tag The run's name in buttons and IDs. */
export function openOutbox(hold: Hold, tag: string, { dispatcher, answers, say }: OutboxPorts): Outbox {
  const questions = new Map<string, Question[]>()
  let count = 0
  const ask = (question: Question): void => {
    questions.set(question.action, [...(questions.get(question.action) ?? []), question])
  }
  const channelOf = (name: string): NotifyChannel | undefined => dispatcher.channels.find((one) => one.name === name)
  const write = (lines: readonly NotifyLine[]): void => {
    const trouble = lines.length === 0 ? null : hold.append(lines.map(formatNotifyLine))
    if (trouble !== null && trouble.code !== 'superseded') say(trouble.message)
  }
  const sender: Sender = {
    isHeld: () => hold.look(),
    settled(channel, settled) {
      write(settled.map((one) => deliveryLine(channel, one, nowSeconds())))
      for (const { item, state, ref, reason } of settled) {
        const { message } = item
        if (state === 'sent' && ref !== null && message.action !== null)
          ask({ action: message.action, channel, ref, message })
        if (state === 'failed' || state === 'dropped') say(`channel \`${channel}\` did not accept a message: ${reason}`)
      }
    },
  }
  const dispatch = (channel: string, item: QueuedMessage): void =>
    dispatcher.add(channel, item, sender, buttonsFor(channelOf(channel), item.message.action, tag, answers))
  /** Sends unsent messages, and drops those that are too old. */
  const resume = (channel: string, items: readonly QueuedMessage[]): void => {
    const isGone = channelOf(channel) === undefined
    const isOld = (item: QueuedMessage): boolean => isGone || nowSeconds() - item.since > LONGEST_ABSENCE_SECONDS
    const reason = isGone ? 'the channel no longer exists' : 'older than an hour'
    const old = items
      .filter(isOld)
      .map((item) => ({ item, state: 'dropped', tries: item.tries, reason, ref: null }) as const)
    write(old.map((one) => deliveryLine(channel, one, nowSeconds())))
    for (const item of items) if (!isOld(item)) dispatch(channel, item)
  }
  return {
    post(lines, messages) {
      const items = messages.map(({ key, message, channels }) => {
        const id = `${tag}.${hold.n}-${++count}`
        return { channels, item: { id, key, message, since: nowSeconds(), tries: 0 } }
      })
      write([...lines, ...items.flatMap(({ channels, item }) => channels.map((channel) => dueLine(channel, item)))])
      for (const { channels, item } of items) for (const channel of channels) dispatch(channel, item)
    },
    recover({ unsent, sentAt, questions: asked }) {
      for (const [channel, times] of sentAt) dispatcher.remember(channel, times)
      for (const question of asked) ask(question)
      for (const [channel, items] of unsent) resume(channel, items)
    },
    closeQuestion(action, says) {
      for (const { channel, ref, message } of questions.get(action) ?? []) {
        // A message that cannot be changed keeps its buttons; pressing them returns the outcome.
        void channelOf(channel)
          ?.edit?.(ref, message, says, AbortSignal.timeout(EDIT_MS))
          .catch(() => undefined)
      }
      questions.delete(action)
    },
    close: () => dispatcher.remove(sender),
  }
}

function buttonsFor(
  channel: NotifyChannel | undefined,
  action: string | null,
  tag: string,
  answers: Answers | null,
): Outgoing['buttons'] {
  if (action === null || answers === null || channel === undefined || channel.chat === null) return null
  if (!answers.isOpen(channel)) return null
  const { chat } = channel
  const textOf = (verdict: 'approve' | 'reject'): string =>
    buttonText({ run: tag, action, verdict }, chat, answers.authenticate)
  return { approve: textOf('approve'), reject: textOf('reject') }
}

function nowSeconds(): number {
  return Date.now() / 1000
}
