import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { renderStatus } from '../../print/status-text.ts'
import { moduleTable, openRun } from '../../run.ts'
import { readStatus } from './read-status.ts'

/** `hotcb status`. */
export const statusCommand: CliCommand = cliCommand({
  args: {},
  about: [
    'Shows whether a trainer is alive and where it stands, the freeze, commands that are queued and not answered, commands that wait for their step, the last ledger line of every handle, and the controls with their ramps, parameter groups and state: `untouched`; `unverified`, set and not yet seen in the trainer; `verified`; `disabled`.',
    'The freeze is what the living trainer obeys, also where its document cannot be read; without a living trainer, it is what the next one will obey. Metrics that the newest line does not have, such as those of a validation, are shown with their step. hotcb 2 in Python does not say whether it is alive, and which commands it decided: there `status` says "trained by hotcb in Python", and shows no queue.',
    'A trainer on this machine is judged by its process, any other by its state document: it must be young by the clock of the file system, or change while somebody watches. Until that tells, `status` says that it is unknown (`alive` is null with `--json`).',
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 status', does: 'of one run' },
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
