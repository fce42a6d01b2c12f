import { join } from 'node:path'
import { JournalError } from '@hotcb/journal'
import { type FreezeState, runFiles } from '@hotcb/protocol'
import { type Draft, isRunError } from '@hotcb/run'
import { runAt } from '@hotcb/run/node'
import { confine } from './confine.ts'
import { Problem } from './problem.ts'
import type { OpenRun } from './run.ts'

/**
 * Appends commands to a run, all in one write, and gives their cids.
 *
 * @throws {@link Problem} if a draft is not a valid command or the file cannot be written. Nothing is appended then.
 */
export async function appendCommands(run: OpenRun, drafts: readonly Draft[]): Promise<readonly string[]> {
  await confine(join(run.dir, runFiles.commands), run.roots)
  await confine(join(run.dir, runFiles.commandsDir), run.roots)
  return asProblem(() => runAt(run.dir).send(drafts, { source: 'dashboard' }).cids)
}

/** Writes the freeze document of a run. */
export async function writeFreeze(run: OpenRun, state: FreezeState): Promise<void> {
  await confine(join(run.dir, runFiles.freeze), run.roots)
  asProblem(() => runAt(run.dir).writeFreeze(state))
}

function asProblem<Value>(task: () => Value): Value {
  try {
    return task()
  } catch (error) {
    if (error instanceof JournalError) throw new Problem(503, 'unavailable', error.message)
    if (!isRunError(error)) throw error
    if (error.code === 'bad-command' || error.code === 'unfit') throw new Problem(400, 'bad_request', error.message)
    if (error.code === 'foreign-kernel') throw new Problem(409, 'bad_request', error.message)
    if (error.code === 'newer-protocol') throw new Problem(409, 'read_only', error.message)
    throw new Problem(503, 'unavailable', error.message)
  }
}
