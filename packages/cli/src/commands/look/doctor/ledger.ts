import { findLoss, JournalError, type KnownBytes } from '@hotcb/journal'
import { settleLife } from '@hotcb/run/node'
import type { CliContext } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-code.ts'
import type { Run } from '../../../run.ts'
import { sendCommands } from '../../ask/send.ts'
import { type Finding, problem } from './check.ts'

/** Whether the ledger is the one that the kernel wrote, and whether it can be written; nothing where all is well. */
export function checkLedger(run: Run): readonly Finding[] {
  const { state, verdict } = run.life()
  if (state === undefined) return []
  const { ledger_bytes: bytes, ledger_tail: tail = null, degraded = null, closed } = state
  const isServed = verdict !== 'dead' && !closed
  const loss = lossOf(run, { bytes, tail })
  if (isServed && degraded !== null) {
    const remedy = isLost(degraded) ? ACCEPT : 'make room: what waits is written as soon as it can be'
    return [problem('ledger', `no changes are taken: ${degraded}`, remedy)]
  }
  if (loss === null) return []
  return [problem('ledger', `not the one that was written: ${loss}`, isServed ? ACCEPT : RESTART)]
}

function lossOf(run: Run, known: KnownBytes): string | null {
  try {
    return findLoss(run.path('ledger'), known)
  } catch (error) {
    // What cannot be read is told by the rights.
    if (error instanceof JournalError) return null
    throw error
  }
}

const ACCEPT =
  '`hotcb doctor --accept-ledger` lets the trainer go on with the ledger that is there; changes that it lost stay in force until the next start'
const RESTART = 'put it back from a copy; without one, the next start goes on with what is there'

// The kernel's own words name the command that helps.
function isLost(degraded: string): boolean {
  return degraded.includes('--accept-ledger')
}

/** Asks the trainer to accept the ledger as it is. A trainer that starts does so by itself. */
export async function acceptLedger(run: Run, context: CliContext): Promise<ExitCode> {
  const { verdict, state } = await settleLife(run)
  if (verdict !== 'dead' && state?.closed !== true) {
    return sendCommands(context, [{ module: 'core', op: 'accept_ledger' }], { conditions: {}, waitS: 10 }, run)
  }
  const says = 'no trainer runs here: the next one that starts goes on with the ledger that is there'
  if (context.json) context.terminal.json({ ok: true, says })
  else context.terminal.out(says)
  return EXIT.done
}
