import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { renderStatus } from '../../print/status-text.ts'
import { moduleTable, openRun } from '../../run.ts'
import { readStatus } from './read-status.ts'

/** `hotcb status`. */
export const statusCommand: CliCommand = cliCommand({
  args: {},
  about: [
    'Shows whether a trainer is alive and its current step, the freeze, queued commands without an answer, commands that are waiting for their step, the last ledger line for every handle, and the controls with their ramps, parameter groups and state: `untouched`; `unverified`, set but not yet confirmed by the trainer; `verified`; `disabled`.',
    'The freeze shown is the one that the live trainer applies, even if its document is now unreadable; without a live trainer, it is the one that the next trainer will apply. Metrics that are not in the latest line, such as validation metrics, are shown with their step. hotcb 2 in Python does not report whether it is alive or which commands it decided. For its runs, `status` prints "trained by hotcb in Python" and no queue.',
    "A trainer on this machine is alive if its process exists. Any other trainer is alive if its state document is recent according to the file system's clock, or changes while `status` is watching it. Until this is known, `status` reports `unknown` (with `--json`, `alive` is null).",
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 status', does: 'show the status of one run' },
    { type: 'hotcb status --json', does: 'the same as one JSON object' },
  ],
  run(_args, context) {
    const { terminal, json, dir } = context
    const run = openRun(dir)
    const status = readStatus(run)
    if (json) terminal.json(status)
    else for (const line of renderStatus(status, terminal, moduleTable(run))) terminal.out(line)
    return EXIT.done
  },
})
