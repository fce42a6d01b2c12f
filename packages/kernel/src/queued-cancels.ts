import type { Command } from '@hotcb/protocol'

/** Tracks commands that a later `cancel {cid, queued: true}` in a command file cancels before they are taken. */
export interface QueuedCancels {
  /** Adds a command that was read ahead. An answered command cannot be cancelled. */
  note(command: Command, isAnswered: (cid: string) => boolean): void
  /** Whether a later line cancels the command that is being taken. If so, the command is skipped. */
  withdraw(cid: string | null): boolean
  /** Whether a command was skipped. Returns true only once. */
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

/** Whether a line may be such a cancel. Most lines can be ruled out without parsing. */
export function mayCancelQueued(text: string): boolean {
  return text.includes('"cancel"') && text.includes('"queued"')
}

// A cancel with conditions may have no effect when it is due, so it must not cancel anything before that.
function targetOf({ module, op, params, at, expect, expires }: Command): string | null {
  const isCancel = module === 'core' && op === 'cancel' && params?.['queued'] === true
  if (!isCancel || at !== null || expect !== null || expires !== null) return null
  return typeof params?.['cid'] === 'string' ? params['cid'] : null
}
