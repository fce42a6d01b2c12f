import { isCommandError } from '@hotcb/commands'
import { pythonOf } from '@hotcb/launch'
import type { CliContext } from '../../context.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { openRun, type Run } from '../../run.ts'
import type { Finding } from './doctor/check.ts'
import { noted } from './doctor/check.ts'
import { checkClock, checkFileSystem, checkRights, checkSpace } from './doctor/directory.ts'
import { acceptLedger, checkLedger } from './doctor/ledger.ts'
import { checkLines } from './doctor/lines.ts'
import { checkNode } from './doctor/machine.ts'
import { checkPython } from './doctor/python.ts'
import { tellFindings } from './doctor/tell.ts'
import { checkFreeze, checkTrainer } from './doctor/trainer.ts'

/** `hotcb doctor`. */
export const doctorCommand: CliCommand = cliCommand({
  args: {
    'accept-ledger': {
      type: 'boolean',
      description:
        'Let the trainer continue with the current ledger after the file was truncated, removed or replaced.',
    },
    python: {
      type: 'boolean',
      description: 'Also check the Python environment: `HOTCB_PYTHON`, or `python3`.',
    },
  },
  about: [
    'Checks Node, the file system type, disk space, permissions, the clock, the trainer and its version, the freeze, and every line of the command file, the ledger and the metrics. Each problem is shown with a fix. The exit code is 1 if a check fails.',
    'A trainer whose ledger was truncated, removed or replaced accepts no more changes. `--accept-ledger` lets it continue with the current ledger. Changes from the lost part stay in effect, but a restart, a replay or a loaded checkpoint does not restore them.',
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 doctor', does: 'check this machine and one run' },
    { type: 'hotcb doctor --python', does: 'check whether Python, PyTorch and hotcb_bridge are installed' },
    { type: 'hotcb doctor --json', does: 'for a script' },
    { type: 'hotcb doctor --accept-ledger', does: 'continue with a ledger whose beginning was lost' },
  ],
  async run(args, context) {
    if (args['accept-ledger'] === true) return acceptLedger(openRun(context.dir), context)
    const python = args.python === true ? checkPython(pythonOf(context.env)) : []
    const findings = [checkNode(process.versions.node), ...python, ...(await checkRun(context))]
    return tellFindings(findings, context)
  },
})

async function checkRun(context: CliContext): Promise<readonly Finding[]> {
  let run: Run
  try {
    run = openRun(context.dir)
  } catch (error) {
    // Without `--dir`, the command may check only the machine.
    if (context.dirGiven || !isCommandError(error)) throw error
    return [noted('run', 'none in this directory', 'check one with `hotcb --dir RUN doctor`')]
  }
  return [
    checkFileSystem(run),
    checkSpace(run),
    checkRights(run),
    checkClock(run, Date.now),
    ...(await checkTrainer(run, context.ports.version)),
    ...checkLedger(run),
    checkFreeze(run),
    ...checkLines(run),
  ]
}
