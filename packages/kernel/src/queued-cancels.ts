import type { Command } from '@hotcb/protocol'

/** The commands that a `cancel {cid, queued: true}` ends though they stand before it in a command file. */
export interface QueuedCancels {
  /** Takes a command that was read ahead. What is answered already cannot be ended. */
  note(command: Command, isAnswered: (cid: string) => boolean): void
  /** Whether a command that is being taken is cancelled by a later line; it is then passed over. */
  withdraw(cid: string | null): boolean
  /** Whether a command was passed over; true once. */
  takeWithdrawn(cid: string): boolean
}

export function createQueuedCancels(): QueuedCancels {
  const cancelled = new Set<string>()
  const withdrawn = new Set<string>()
  return {
    note(command, isAnswered) {
      const target = targetOf(command)
      if (target !== null && !isAnswered(target)) cancelled.add(target)
    },
    withdraw(cid) {
      if (cid === null || !cancelled.delete(cid)) return false
      withdrawn.add(cid)
      return true
    },
    takeWithdrawn: (cid) => withdrawn.delete(cid),
  }
}

/** Whether a line may be such a cancel: most lines need not be parsed to know that they are none. */
export function mayCancelQueued(text: string): boolean {
  return text.includes('"cancel"') && text.includes('"queued"')
}

// One that is bound to conditions may do nothing when it is due, and so must not end anything before.
function targetOf({ module, op, params, at, expect, expires }: Command): string | null {
  const isCancel = module === 'core' && op === 'cancel' && params?.['queued'] === true
  if (!isCancel || at !== null || expect !== null || expires !== null) return null
  return typeof params?.['cid'] === 'string' ? params['cid'] : null
}
