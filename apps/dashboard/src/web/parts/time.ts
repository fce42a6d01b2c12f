import { signal } from '@preact/signals'

/** The current time in epoch seconds, updated regularly. Components that show an age read it. */
export const now = signal(Date.now() / 1000)

setInterval(() => {
  if (document.visibilityState === 'visible') now.value = Date.now() / 1000
}, 5000)

/** Formats how long ago a time was, in a few characters: `12 s`, `5 min`, `3 h`, `8 d`. */
export function ago(epochSeconds: number): string {
  if (epochSeconds <= 0) return '–'
  return duration(Math.max(0, now.value - epochSeconds))
}

/** Formats a duration in a few characters. */
export function duration(seconds: number): string {
  if (seconds < 1) return 'now'
  if (seconds < 90) return `${Math.round(seconds)} s`
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} d`
}

/** Formats the date and the time of day, in the reader's format. */
export function dateTime(epochSeconds: number): string {
  return epochSeconds > 0 ? new Date(epochSeconds * 1000).toLocaleString() : '–'
}

/** Formats the time of day, in the reader's format. */
export function timeOfDay(epochMs: number): string {
  return epochMs > 0 ? new Date(epochMs).toLocaleTimeString() : '–'
}
