import type { NotifyMessage } from '../types.ts'

/** The text below the title: the filled template, and how to answer if there are no buttons. */
export function bodyOf({ text, action }: NotifyMessage, hasButtons: boolean): string {
  if (action === null || hasButtons) return text
  return `${text} Answer: hotcb autopilot approve ${action}, or hotcb autopilot reject ${action}.`
}

const MARKS = { info: 'ℹ️', warning: '⚠️', critical: '🚨' } as const

/** The title with a mark that shows its level. */
export function markedTitle({ title, level, phase }: NotifyMessage): string {
  return `${phase === 'recovered' ? '✅' : MARKS[level]} ${title}`
}
