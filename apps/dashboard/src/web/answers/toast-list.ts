import type { AnswerState } from './answer.ts'

/** Maximum number of toasts shown together. */
const MOST = 4

/** Shows an answer as the latest toast. If there are too many, the oldest are removed first, and failures last. */
export function raise(shown: readonly string[], id: string, isBad: (id: string) => boolean): readonly string[] {
  const next = [...shown.filter((other) => other !== id), id]
  while (next.length > MOST) {
    const at = next.findIndex((other) => other !== id && !isBad(other))
    next.splice(Math.max(0, at), 1)
  }
  return next
}

/** How long a toast is shown, in milliseconds; null if it remains until it is dismissed. */
export function lifeMs({ tone, word }: AnswerState): number | null {
  if (tone === 'bad') return null
  // A waiting command is shown for as long as its answer usually takes to arrive. After that, it is only in the log.
  return tone === 'waits' && word !== 'scheduled' ? 12_000 : 6000
}
