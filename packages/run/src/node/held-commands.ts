import type { Command, HeldCommand, StateDocument } from '@hotcb/protocol'
import type { Run } from './open-run.ts'

/** A command that waits for its step, with what it asks for. */
export interface WaitingCommand {
  readonly held: HeldCommand
  /** Null if its file no longer contains it. */
  readonly command: Command | null
}

/** Maximum number of held commands whose text is read. */
const MOST = 1000

/**
 * The commands that a kernel has read and holds for their step, with their text. Of a kernel that has closed the run, none:
 * they are among the queued ones.
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
