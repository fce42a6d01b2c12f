import type { FreezeState } from '@hotcb/protocol'
import { type Draft, isRunError } from '@hotcb/run'
import { openRunDirectory } from '@hotcb/run/node'
import { Problem } from './problem.ts'
import type { OpenRun } from './run.ts'

/**
 * Appends commands to a run in one write, and returns their cids.
 *
 * @throws {@link Problem} if a draft is not a valid command or the file cannot be written; JournalError if a file is not a regular file or
 * lies outside the run. In both cases nothing is appended.
 */
export function appendCommands(run: OpenRun, drafts: readonly Draft[]): readonly string[] {
  return asProblem(() => openRunDirectory(run.dir, { within: run.roots }).send(drafts, { source: 'dashboard' }).cids)
}

/** Writes a run's freeze document. */
export function writeFreeze(run: OpenRun, state: FreezeState): void {
  asProblem(() => openRunDirectory(run.dir, { within: run.roots }).writeFreeze(state))
}

function asProblem<Value>(task: () => Value): Value {
  try {
    return task()
  } catch (error) {
    if (!isRunError(error)) throw error
    if (error.code === 'bad-command' || error.code === 'unfit') throw new Problem(400, 'bad_request', error.message)
    if (error.code === 'foreign-kernel') throw new Problem(409, 'bad_request', error.message)
    if (error.code === 'newer-protocol') throw new Problem(409, 'read_only', error.message)
    throw new Problem(503, 'unavailable', error.message)
  }
}
