import type { Change } from './describe.ts'
import type { QueuedRow } from './queued-row.ts'

/** The change of a waiting command, in words; its id if its file no longer contains it. */
export function queuedText({ cid, command }: QueuedRow, describe: (change: Change) => string): string {
  return command === null ? `command ${cid}` : describe({ ...command, old: null })
}

/** For which step it waits: `for step 900, val_epoch_end`; empty for the next safe point. */
export function placeText({ at }: Pick<QueuedRow, 'at'>): string {
  if (at === null) return ''
  return `for step ${at.step}${at.event === null ? '' : `, ${at.event}`}`
}

/** Who requested it: the author, or else the source; empty if unknown. */
export function askerOf({ command }: QueuedRow): string {
  return command?.author ?? command?.source ?? ''
}
