import { describeLoss, JournalError, type KnownBytes } from '@hotcb/journal'
import { settleLiveness } from '@hotcb/run/node'
import type { CliContext } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-code.ts'
import type { Run } from '../../../run.ts'
import { sendCommands } from '../../ask/send.ts'
import { type Finding, problem } from './check.ts'

/**
 * Checks whether the ledger is the one that the kernel wrote, and whether it can be written. Returns an empty list if both are true.
 */
export function checkLedger(run: Run): readonly Finding[] {
  const { state, verdict } = run.life()
  if (state === undefined) return []
  const { ledger_bytes: bytes, ledger_tail: tail = null, degraded = null, closed } = state
  const isServed = verdict !== 'dead' && !closed
  const loss = lossOf(run, { bytes, tail })
  if (isServed && degraded !== null) {
    const remedy = isLost(degraded) ? ACCEPT : 'free some space: pending lines are written as soon as possible'
    return [problem('ledger', `no changes are accepted: ${degraded}`, remedy)]
  }
  if (loss === null) return []
  return [problem('ledger', `not the ledger that the kernel wrote: ${loss}`, isServed ? ACCEPT : RESTART)]
}

function lossOf(run: Run, known: KnownBytes): string | null {
  try {
    return describeLoss(run.path('ledger'), known)
  } catch (error) {
    // Unreadable files are reported by the permissions check.
    if (error instanceof JournalError) return null
    throw error
  }
}

const ACCEPT =
  'let the trainer continue with the current ledger: `hotcb doctor --accept-ledger`; the lost changes stay in effect until the next start'
const RESTART = 'restore it from a copy; without one, the next start continues with the current ledger'

// The kernel's message already names the command to use.
function isLost(degraded: string): boolean {
  return degraded.includes('--accept-ledger')
}

/** Asks the trainer to accept the current ledger. A trainer does so automatically when it starts. */
export async function acceptLedger(run: Run, context: CliContext): Promise<ExitCode> {
  const { verdict, state } = await settleLiveness(run)
  if (verdict !== 'dead' && state?.closed !== true) {
    return sendCommands(context, [{ module: 'core', op: 'accept_ledger' }], { conditions: {}, waitS: 10 }, run)
  }
  const says = 'no trainer is running; the next one will continue with the current ledger'
  if (context.json) context.terminal.json({ ok: true, says })
  else context.terminal.out(says)
  return EXIT.done
}
