import type { TypedRequest } from '@hotcb/commands'
import { isReplay } from '@hotcb/protocol'
import type { CliContext } from '../../context.ts'
import type { ExitCode } from '../../exit-code.ts'
import type { Run } from '../../run.ts'
import { printNotes } from '../recipe/notes.ts'
import { sendCommands } from './send.ts'
import { writeFreeze } from './write-freeze.ts'

/** Sends the command, waits for the answer if `--wait` requests it, and returns the exit code. */
export async function askTrainer(asked: TypedRequest, run: Run, context: CliContext): Promise<ExitCode> {
  if (asked.kind === 'commands') return sendCommands(context, asked.drafts, asked, run)
  const { freeze, waitS } = asked
  if (!isReplay(freeze.mode)) return writeFreeze(context, freeze, waitS, run)
  // The recipe reader is loaded only for a replay.
  const { checkReplay } = await import('../replay/check-replay.ts')
  const checked = checkReplay(run, freeze)
  const exitCode = await writeFreeze(context, checked.state, waitS, run)
  printNotes(checked.notes, context)
  return exitCode
}
