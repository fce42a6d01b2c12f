import { type ActionRecord, answerText, deadlineText, effectText } from '@hotcb/autopilot'
import { currentMomentOf, readAutopilotHistory } from '@hotcb/autopilot/node'
import { refusal } from '@hotcb/commands'
import { type JsonObject, nearest, printable } from '@hotcb/protocol'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { showFigure } from '../../print/figures.ts'
import { alignColumns } from '../../print/table.ts'
import type { Terminal } from '../../print/terminal.ts'
import { openRun } from '../../run.ts'
import { showChange } from './show-action.ts'

/** `hotcb autopilot why ID`. */
export const autopilotWhyCommand: CliCommand = cliCommand({
  args: {
    id: { type: 'positional', valueHint: 'ID', description: 'An alert, a proposal or an action.', isNamed: true },
  },
  about: [
    "Shows the rule and the numbers that led to the action, the request, who answered, the kernel's decision with its ledger line, and the effect on the key metric if it has been measured.",
  ],
  examples: [{ type: 'hotcb --dir runs/exp-001 autopilot why a1-3', does: 'the whole story of one action' }],
  run({ id }, { dir, json, terminal }) {
    const run = openRun(dir)
    const { actions } = readAutopilotHistory(run, currentMomentOf(run))
    const action = actions.find((one) => one.id === id)
    if (action === undefined) {
      throw unknown(
        id,
        actions.map((one) => one.id),
      )
    }
    if (json) terminal.json(action)
    else for (const row of alignColumns(rowsOf(action, terminal))) terminal.out(row)
    return EXIT.done
  },
})

function unknown(id: string, known: readonly string[]): Error {
  const near = nearest(id, known).map((one) => `\`${one}\``)
  const hint =
    near.length > 0 ? `did you mean ${near.join(' or ')}?` : 'list them with `hotcb autopilot proposals --all`'
  return refusal(printable(`this run's log has no action \`${id}\``), hint)
}

function rowsOf(action: ActionRecord, terminal: Terminal): readonly (readonly string[])[] {
  const { id, step, rule, metric, because, confidence, evidence, plan, state, again } = action
  const place = step === null ? '' : ` at step ${step}`
  const rows: (readonly [string, string | null])[] = [
    ['action', `${id}${place}`],
    ['rule', rule === null ? null : `${rule}${metric === null ? '' : ` on ${metric}`}`],
    ['because', because],
    ['confidence', confidence],
    ['evidence', evidenceText(evidence)],
    ['request', action.command === null ? null : showChange(action, terminal)],
    ...plan.map((one, i): readonly [string, string] => [i === 0 ? 'plan' : '', `${i + 1}. ${one}`]),
    ['fired again', again === 0 ? null : String(again)],
    ['answer', answerText(action)],
    ['can be answered', state === 'open' ? deadlineText(action, Date.now() / 1000) : null],
    ['effect', effectText(action)],
  ]
  return rows.flatMap(([name, text]) => (text === null || text === '' ? [] : [[terminal.dim(name), printable(text)]]))
}

function evidenceText(evidence: JsonObject): string {
  return Object.entries(evidence)
    .map(([name, value]) => `${name} ${showFigure(value)}`)
    .join(', ')
}
