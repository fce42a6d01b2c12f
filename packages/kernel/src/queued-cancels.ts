import type { Command } from '@hotcb/protocol'

/** The commands that a `cancel {cid, queued: true}` ends although they are before it in a command file. */
export interface QueuedCancels {
  /** Adds a command that was read ahead. An answered command cannot be cancelled. */
  note(command: Command, isAnswered: (cid: string) => boolean): void
  /** Whether a later line cancels a command that is being taken; it is then skipped. */
  withdraw(cid: string | null): boolean
  /** Whether a command was skipped; true once. */
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

/** Whether a line may be such a cancel: most lines can be ruled out without parsing. */
export function mayCancelQueued(text: string): boolean {
  return text.includes('"cancel"') && text.includes('"queued"')
}

// A cancel with conditions may have no effect when it is due, so it must not end anything before.
function targetOf({ module, op, params, at, expect, expires }: Command): string | null {
  const isCancel = module === 'core' && op === 'cancel' && params?.['queued'] === true
  if (!isCancel || at !== null || expect !== null || expires !== null) return null
  return typeof params?.['cid'] === 'string' ? params['cid'] : null
}
