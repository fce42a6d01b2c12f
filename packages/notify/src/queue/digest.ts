import { oneLine } from '@hotcb/protocol'
import { LONGEST_MESSAGE } from '../text/template.ts'
import { LEVELS, type MessageLevel, type NotifyMessage } from '../types.ts'
import type { OutgoingBatch } from './lane.ts'

/** Returns the message for a batch: its only message, or a digest. */
export function messageOf({ items }: OutgoingBatch): NotifyMessage | undefined {
  const messages = items.map(({ message }) => message)
  const [first] = messages
  return first === undefined || messages.length === 1 ? first : digestOf(first, messages)
}

function digestOf(first: NotifyMessage, messages: readonly NotifyMessage[]): NotifyMessage {
  const last = messages.at(-1) ?? first
  const highest = messages.reduce(
    (level: MessageLevel, one) => (rank(one.level) > rank(level) ? one.level : level),
    'info',
  )
  const runs = new Set(messages.map(({ run }) => run))
  return {
    ...last,
    title: oneLine(`${runs.size === 1 ? first.run : `${runs.size} runs`}: ${messages.length} messages were held back`),
    text: oneLine(messages.map(({ title }) => title).join(' · '), LONGEST_MESSAGE),
    level: highest,
    rule: 'digest',
    phase: 'sent',
    metric: null,
    value: null,
    action: null,
  }
}

function rank(level: MessageLevel): number {
  return LEVELS.indexOf(level)
}
