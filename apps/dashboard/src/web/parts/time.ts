import { signal } from '@preact/signals'

/** Epoch seconds, every now and then: what shows an age reads this. */
export const now = signal(Date.now() / 1000)

setInterval(() => {
  if (document.visibilityState === 'visible') now.value = Date.now() / 1000
}, 5000)

/** How long ago, in a few letters: `12 s`, `5 min`, `3 h`, `8 d`. */
export function ago(epochSeconds: number): string {
  if (epochSeconds <= 0) return '–'
  return duration(Math.max(0, now.value - epochSeconds))
}

/** A length of time in a few letters. */
export function duration(seconds: number): string {
  if (seconds < 1) return 'now'
  if (seconds < 90) return `${Math.round(seconds)} s`
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} d`
}

/** Date and time of day, as the reader writes them. */
export function dateTime(epochSeconds: number): string {
  return epochSeconds > 0 ? new Date(epochSeconds * 1000).toLocaleString() : '–'
}

/** Time of day, as the reader writes it. */
export function timeOfDay(epochMs: number): string {
  return epochMs > 0 ? new Date(epochMs).toLocaleTimeString() : '–'
}
