import type { Change } from './describe.ts'
import type { QueuedRow } from './queued-row.ts'

/** Returns the text of a waiting command, or its id if the command file no longer contains it. */
export function queuedText({ cid, command }: QueuedRow, describe: (change: Change) => string): string {
  return command === null ? `command ${cid}` : describe({ ...command, old: null })
}

/** Describes the place that a command is waiting for: `for step 900, val_epoch_end`; empty for the next safe point. */
export function placeText({ at }: Pick<QueuedRow, 'at'>): string {
  if (at === null) return ''
  return `for step ${at.step}${at.event === null ? '' : `, ${at.event}`}`
}

/** Returns the request's author, otherwise its source; empty if unknown. */
export function askerOf({ command }: QueuedRow): string {
  return command?.author ?? command?.source ?? ''
}
