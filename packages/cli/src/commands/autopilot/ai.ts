import { answerText, effectText } from '@hotcb/autopilot'
import {
  type AiDecision,
  aiDryRun,
  aiSpending,
  nowOf,
  openAi,
  readAiHistory,
  readAutopilotStatus,
  readConfig,
  readStory,
} from '@hotcb/autopilot/node'
import { nanoUsd, type SpendingTotals, showUsd } from '@hotcb/llm'
import { printable } from '@hotcb/protocol'
import type { CliContext } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { alignColumns } from '../../print/table.ts'
import type { Terminal } from '../../print/terminal.ts'
import { openRun, type Run } from '../../run.ts'
import { showChange } from './show-action.ts'

/** `hotcb autopilot ai ACTION`. */
export const autopilotAiCommand: CliCommand = cliCommand({
  args: {
    action: {
      type: 'positional',
      required: false,
      valueHint: 'ACTION',
      options: ['status', 'budget', 'history', 'dry-run'],
      meanings: {
        status: 'the model, its endpoint, and whether it can be asked',
        budget: 'what this run has used of its limits',
        history: 'questions, answers, prices and effects',
        'dry-run': 'the prompt that would be sent now, and its price',
      },
      description: '`status`, `budget`, `history` or `dry-run`. Default: `status`.',
    },
  },
  about: [
    'The language model of the modes `ai_suggest` and `ai_auto`, as `ai` in `hotcb.autopilot.yaml` describes it. No action of this command sends anything: `dry-run` prints the prompt that would be sent now, and what it would cost.',
    'The key is read from the environment variable `HOTCB_AI_KEY`, or from where `ai.key` says. It is never printed.',
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 autopilot ai status', does: 'which model, and whether it can be asked' },
    { type: 'hotcb autopilot ai dry-run', does: 'the prompt and its price' },
    { type: 'hotcb autopilot ai history --json', does: 'all answers, for a script' },
  ],
  run({ action = 'status' }, context) {
    const run = openRun(context.dir)
    if (action === 'budget') return budget(run, context)
    if (action === 'history') return history(run, context)
    return action === 'dry-run' ? dryRun(run, context) : status(run, context)
  },
})

function status(run: Run, { json, terminal }: CliContext): ExitCode {
  const { ai } = readConfig(run)
  const { model, problem } = openAi(run.dir, ai, process.env)
  const { mode } = readAutopilotStatus(run)
  const { provider, baseUrl, cadence } = ai
  if (json) {
    terminal.json({ mode, provider, base_url: baseUrl, model: ai.model, can_ask: model !== null, problem, cadence })
  } else {
    print(terminal, [
      ['mode', mode ?? 'no autopilot has watched this run yet'],
      ['model', `${printable(ai.model)} at ${printable(baseUrl)}`],
      ['can be asked', problem === null ? terminal.green('yes') : `no: ${printable(problem)}`],
      ['asks every', `${cadence} steps`],
    ])
  }
  return EXIT.done
}

function budget(run: Run, { json, terminal }: CliContext): ExitCode {
  const { caps } = readConfig(run).ai
  const used = aiSpending(run.dir, process.env).totals()
  if (json) terminal.json({ used, limits: caps })
  else {
    const of = (cap: number | null, text: (value: number) => string): string => (cap === null ? 'no limit' : text(cap))
    print(terminal, [
      ['money', `${showUsd(used.nano)} of ${of(caps.nano, showUsd)}${reservedText(used)}`],
      ['today, all runs', `${showUsd(used.nanoToday)} of ${of(caps.nanoPerDay, showUsd)}`],
      ['tokens', `${used.tokens} of ${of(caps.tokens, String)}`],
      ['calls', `${used.calls} of ${of(caps.calls, String)}`],
      ['actions', `${used.actions} of ${of(caps.actions, String)}`],
      ['minutes', `${minutesOf(used)} of ${of(caps.minutes, String)}`],
    ])
  }
  return EXIT.done
}

function reservedText({ reserved }: SpendingTotals): string {
  return reserved === 0 ? '' : `, ${showUsd(reserved)} of it reserved for calls without an answer`
}

function minutesOf({ since }: SpendingTotals): number {
  return since === null ? 0 : Math.floor((Date.now() / 1000 - since) / 60)
}

function history(run: Run, { json, terminal }: CliContext): ExitCode {
  const decisions = readAiHistory(run, readStory(run, nowOf(run)).actions)
  if (json) terminal.json({ decisions })
  else if (decisions.length === 0) terminal.out(terminal.dim('no model has been asked about this run'))
  else for (const one of decisions) printDecision(one, terminal)
  return EXIT.done
}

function printDecision(decision: AiDecision, terminal: Terminal): void {
  const { id, step, usd, diagnosis, reasoning, refusals, error, action } = decision
  const head = `${terminal.bold(id)}  step ${step ?? '?'}  ${showUsd(nanoUsd(usd))}`
  terminal.out(`${head}  ${printable(diagnosis ?? (error === null ? 'no answer yet' : 'no answer'))}`)
  const lines = [
    error ?? reasoning,
    action === null ? null : `${showChange(action, terminal)}: ${answerText(action)}`,
    action === null ? null : effectText(action),
    ...refusals.map((one) => `refused: ${one}`),
  ]
  for (const line of lines) if (line !== null && line !== '') terminal.out(`  ${printable(line)}`)
}

function dryRun(run: Run, { json, terminal }: CliContext): ExitCode {
  const dry = aiDryRun(run)
  const { system, user, model, baseUrl, estimate, most } = dry
  if (json) terminal.json(dry)
  else {
    terminal.out(terminal.dim('system'))
    for (const line of system.split('\n')) terminal.out(printable(line))
    terminal.out(terminal.dim('user'))
    terminal.out(printable(user))
    print(terminal, [
      ['would go to', `${printable(model)} at ${printable(baseUrl)}; nothing was sent`],
      ['probably', `${estimate.input} + ${estimate.output} tokens, ${showUsd(nanoUsd(estimate.usd))}`],
      ['at most', `${most.input} + ${most.output} tokens, ${showUsd(nanoUsd(most.usd))}`],
    ])
  }
  return EXIT.done
}

function print(terminal: Terminal, rows: readonly (readonly [string, string])[]): void {
  for (const row of alignColumns(rows.map(([name, text]) => [terminal.dim(name), text]))) terminal.out(row)
}
