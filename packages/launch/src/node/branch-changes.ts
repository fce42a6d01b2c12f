import { type CommandsRequest, isCommandError, readSet } from '@hotcb/commands'
import type { Run } from '@hotcb/run/node'
import { LaunchError } from '../launch-error.ts'
import type { LaunchPorts } from './ports.ts'

/**
 * Reads the changes that a new run starts with, and checks them against its parent's controls, because the new run's controls are only
 * described once it is training.
 *
 * @returns Null for no changes.
 * @throws {@link LaunchError} `bad-option` with the key, the value and what would be right.
 */
export function readChanges(parent: Run, words: readonly string[]): CommandsRequest | null {
  if (words.length === 0) return null
  const controls = parent.document('actuators').value?.controls ?? []
  // Commands that are waiting in the parent run do not belong to the new run.
  const facts = { controls, modules: parent.readState().state?.modules, held: [] }
  try {
    return readSet(words, parent.modules(), facts)
  } catch (error) {
    if (!isCommandError(error)) throw error
    throw new LaunchError('bad-option', `\`set\`: ${error.message}`, { cause: error })
  }
}

/** Writes the changes to the new run's command file before its training starts. */
export function sendChanges(run: Run, changes: CommandsRequest | null, { source = 'api', author }: LaunchPorts): void {
  if (changes === null) return
  const { drafts, conditions, note } = changes
  const noted = drafts.map((draft) => ({ ...draft, ...(note !== undefined && { note }) }))
  run.send(noted, { source, author }, conditions)
}
