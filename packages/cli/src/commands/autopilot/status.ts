import { deadlineText, holderText } from '@hotcb/autopilot'
import { type AutopilotStatus, readAutopilotStatus } from '@hotcb/autopilot/node'
import { printable } from '@hotcb/protocol'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { alignColumns } from '../../print/table.ts'
import type { Terminal } from '../../print/terminal.ts'
import { openRun } from '../../run.ts'
import { showAction } from './show-action.ts'

/** `hotcb autopilot status`. */
export const autopilotStatusCommand: CliCommand = cliCommand({
  args: {},
  about: [
    "Shows which autopilot is watching the run, its mode and key metric, and the proposals that are waiting for a person. The command only reads the run's files.",
  ],
  examples: [{ type: 'hotcb --dir runs/exp-001 autopilot status', does: 'who is watching the run' }],
  run(_args, { dir, json, terminal }) {
    const status = readAutopilotStatus(openRun(dir))
    if (json) terminal.json(status)
    else for (const row of alignColumns(rowsOf(status, terminal))) terminal.out(row)
    return EXIT.done
  },
})

function rowsOf(status: AutopilotStatus, terminal: Terminal): readonly (readonly string[])[] {
  const { mode, keyMetric, open, queued, applied, other } = status
  const rows: (readonly [string, string])[] = [['autopilot', watcherText(status, terminal)]]
  if (mode !== null) rows.push(['mode', mode])
  if (keyMetric !== null) rows.push(['key metric', printable(keyMetric)])
  rows.push([
    'actions',
    `${applied} applied, ${queued} waiting for the trainer, ${open.length} waiting for a person, ${other} others`,
  ])
  for (const action of open)
    rows.push(['proposal', `${showAction(action, terminal)}, ${deadlineText(action, Date.now() / 1000)}`])
  return rows.map(([name, text]) => [terminal.dim(name), text])
}

function watcherText({ holder }: AutopilotStatus, { green, dim }: Terminal): string {
  if (holder === null) return 'this run has not had an autopilot yet'
  const who = printable(holderText(holder))
  return holder.isAlive ? `${green('running')}  ${dim(who)}` : `not running  ${dim(`last: ${who}`)}`
}
