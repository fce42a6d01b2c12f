import { type ActionRecord, answerText, deadlineText, repeatsText } from '@hotcb/autopilot'
import { readAutopilotHistory } from '@hotcb/autopilot/node'
import { printable } from '@hotcb/protocol'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { alignColumns } from '../../print/table.ts'
import type { Terminal } from '../../print/terminal.ts'
import { openRun } from '../../run.ts'
import { showChange } from './show-action.ts'

/** `hotcb autopilot proposals`. */
export const autopilotProposalsCommand: CliCommand = cliCommand({
  args: { all: { type: 'boolean', description: 'Also show alerts and answered proposals.' } },
  about: [
    "Prints one line for each proposal that is waiting for a person: its ID, the step, the change, the rule, and the deadline for an answer. The command reads the run's files, so the autopilot does not need to be running.",
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 autopilot proposals', does: 'proposals that are waiting for a person' },
    { type: 'hotcb autopilot proposals --all --json', does: 'everything, for a script' },
  ],
  run({ all = false }, { dir, json, terminal }) {
    const { actions } = readAutopilotHistory(openRun(dir))
    const shown = all ? actions : actions.filter(({ state }) => state === 'open')
    if (json) terminal.json({ proposals: shown })
    else if (shown.length === 0)
      terminal.out(terminal.dim(all ? 'no actions' : 'no proposals are waiting for a person'))
    else for (const row of alignColumns(shown.map((action) => rowOf(action, terminal)))) terminal.out(row)
    return EXIT.done
  },
})

function rowOf(action: ActionRecord, terminal: Terminal): readonly string[] {
  const { id, step, rule, because, state } = action
  const again = repeatsText(action)
  const more = again === null ? '' : ` (${again})`
  return [
    terminal.bold(id),
    step === null ? '' : `step ${step}`,
    showChange(action, terminal),
    printable(rule ?? ''),
    state === 'open' ? deadlineText(action, Date.now() / 1000) : printable(answerText(action)),
    terminal.dim(printable(because ?? '') + more),
  ]
}
