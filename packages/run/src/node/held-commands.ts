import type { Command, HeldCommand, StateDocument } from '@hotcb/protocol'
import type { Run } from './open-run.ts'

/** A command that is waiting for its step, with its content. */
export interface WaitingCommand {
  readonly held: HeldCommand
  /** The command; null if its file no longer contains it. */
  readonly command: Command | null
}

/** The maximum number of waiting commands whose text is read. */
const MOST = 1000

/**
 * Returns the commands that a kernel has read and that are waiting for their step. If the kernel has closed the run,
 * there are none, because these commands then count as queued.
 */
export function heldCommands(
  run: Pick<Run, 'commands'>,
  state: Pick<StateDocument, 'held' | 'closed'> | undefined,
): readonly WaitingCommand[] {
  if (state === undefined || state.closed || state.held.length === 0) return []
  const lookup = run.commands()
  try {
    return state.held.slice(0, MOST).map((held) => ({ held, command: lookup.find(held) ?? null }))
  } finally {
    lookup.close()
  }
}
