import type { AnswerState } from './answer.ts'

/** Toasts at one time. */
const MOST = 4

/** Shows an answer among the toasts, as the newest. The oldest give way, those that bring bad news last. */
export function raise(shown: readonly string[], id: string, isBad: (id: string) => boolean): readonly string[] {
  const next = [...shown.filter((other) => other !== id), id]
  while (next.length > MOST) {
    const at = next.findIndex((other) => other !== id && !isBad(other))
    next.splice(Math.max(0, at), 1)
  }
  return next
}

/** How long a toast stays, in milliseconds; null: until it is dismissed. */
export function lifeMs({ tone, word }: AnswerState): number | null {
  if (tone === 'bad') return null
  // A waiting command is shown for as long as its answer usually takes; the log keeps it.
  return tone === 'waits' && word !== 'scheduled' ? 12_000 : 6000
}
