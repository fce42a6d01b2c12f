import type { NotifyMessage } from '../types.ts'

/** Returns the text below the title: the filled-in template, and instructions for answering if there are no buttons. */
export function bodyOf({ text, action }: NotifyMessage, hasButtons: boolean): string {
  if (action === null || hasButtons) return text
  return `${text} Answer: hotcb autopilot approve ${action}, or hotcb autopilot reject ${action}.`
}

const MARKS = { info: 'ℹ️', warning: '⚠️', critical: '🚨' } as const

/** Returns the title with a mark that shows its level. */
export function markedTitle({ title, level, phase }: NotifyMessage): string {
  return `${phase === 'recovered' ? '✅' : MARKS[level]} ${title}`
}
