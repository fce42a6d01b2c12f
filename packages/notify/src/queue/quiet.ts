import type { MessageLevel, QuietHours } from '../types.ts'

const DAY_MINUTES = 24 * 60

/**
 * Returns the number of seconds for which quiet hours still delay a message; 0 if they do not.
 *
 * @param now Epoch seconds.
 */
export function quietFor(quiet: QuietHours | null, level: MessageLevel, now: number): number {
  if (quiet === null || quiet.except.includes(level) || quiet.from === quiet.to) return 0
  const minute = minuteOfDay(now, quiet.zone)
  const since = modulo(minute - quiet.from)
  const length = modulo(quiet.to - quiet.from)
  if (since >= length) return 0
  // If the clocks change during the night, the queue calls this function again at the computed end.
  return (length - since) * 60 - modulo60(now)
}

function minuteOfDay(now: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(now * 1000)
  const of = (type: string): number => Number(parts.find((part) => part.type === type)?.value ?? 0)
  return 60 * of('hour') + of('minute')
}

function modulo(minutes: number): number {
  return ((minutes % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES
}

function modulo60(seconds: number): number {
  return ((seconds % 60) + 60) % 60
}
