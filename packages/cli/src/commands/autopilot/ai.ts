import { type AiDecision, answerText, type DecidedAction, effectText } from '@hotcb/autopilot'
import {
  aiConfigOf,
  aiSpending,
  currentMomentOf,
  openAi,
  previewPrompt,
  readAutopilotHistory,
  readAutopilotStatus,
  readDecisions,
} from '@hotcb/autopilot/node'
import { PRICES_DATED, type Price, type SpendingTotals, showUsd } from '@hotcb/llm'
import { printable } from '@hotcb/protocol'
import type { CliContext } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { alignColumns } from '../../print/table.ts'
import type { Terminal } from '../../print/terminal.ts'
import { openRun, type Run } from '../../run.ts'
import { readAction } from './options.ts'
import { showChange } from './show-action.ts'
import { tunerBeliefs } from './tuner-beliefs.ts'

const ACTIONS = ['status', 'budget', 'history', 'dry-run'] as const

/** `hotcb autopilot ai ACTION`. */
export const autopilotAiCommand: CliCommand = cliCommand({
  args: {
    action: {
      type: 'positional',
      required: false,
      valueHint: 'ACTION',
      options: ACTIONS,
      meanings: {
        status: 'the model, its endpoint, and whether it can be called',
        budget: 'usage and limits of this run',
        history: 'calls, answers, costs and effects',
        'dry-run': 'the prompt that would be sent now, and its cost',
      },
      description: '`status`, `budget`, `history` or `dry-run`. Default: `status`.',
    },
  },
  about: [
    'Shows the language model for the `ai_suggest` and `ai_auto` modes, as configured under `ai` in `hotcb.autopilot.yaml`. This command never sends anything: `dry-run` prints the prompt that would be sent now, and its cost.',
    'The API key is read from the environment variable `HOTCB_AI_KEY`, or from the source given in `ai.key`. It is never printed.',
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 autopilot ai status', does: 'show the model and whether it can be called' },
    { type: 'hotcb autopilot ai dry-run', does: 'the prompt and its cost' },
    { type: 'hotcb autopilot ai history --json', does: 'all answers, for a script' },
  ],
  run({ action: typed = 'status' }, context) {
    const action = readAction(typed, ACTIONS)
    const run = openRun(context.dir)
    if (action === 'budget') return budget(run, context)
    if (action === 'history') return history(run, context)
    return action === 'dry-run' ? dryRun(run, context) : status(run, context)
  },
})

function status(run: Run, { json, terminal, env }: CliContext): ExitCode {
  const ai = aiConfigOf(run, env)
  const { model, problem, price } = openAi(run.dir, ai, env)
  const { mode, holder } = readAutopilotStatus(run)
  const { provider, baseUrl, cadence } = ai
  const isRunning = holder?.isAlive === true
  if (json) {
    const can = { can_ask: model !== null, problem }
    terminal.json({ mode, running: isRunning, provider, base_url: baseUrl, model: ai.model, ...can, price, cadence })
    return EXIT.done
  }
  const last = readDecisions(run, readAutopilotHistory(run, currentMomentOf(run)).actions).at(-1)
  print(terminal, [
    ['mode', mode === null ? 'this run has not had an autopilot yet' : `${mode}${isRunning ? '' : ', not running'}`],
    ['model', `${printable(ai.model)} at ${printable(baseUrl)}`],
    ['can be called', problem === null ? terminal.green('yes') : `no: ${printable(problem)}`],
    ['price', priceText(price, ai.prices[ai.model] !== undefined)],
    ['called every', `${cadence} steps, at most`],
    ['last answer', last === undefined ? 'none yet' : printable(headOf(last))],
  ])
  return EXIT.done
}

function priceText({ input, output }: Price, isOwn: boolean): string {
  if (input === 0 && output === 0) return 'none'
  const from = isOwn ? 'from `ai.prices`' : `built-in table from ${PRICES_DATED}`
  return `$${input} in, $${output} out per million tokens (${from})`
}

function budget(run: Run, { json, terminal, env }: CliContext): ExitCode {
  const { caps } = aiConfigOf(run, env)
  const used = aiSpending(run.dir, env).totals()
  if (json) terminal.json({ used, limits: caps })
  else {
    const of = (amount: string, cap: number | null, text: (value: number) => string): string =>
      cap === null ? `${amount}, no limit` : `${amount} of ${text(cap)}`
    print(terminal, [
      ['cost', `${of(showUsd(used.nano), caps.nano, showUsd)}${reservedText(used)}`],
      ['today, all runs', of(showUsd(used.nanoToday), caps.nanoPerDay, showUsd)],
      ['tokens', of(String(used.tokens), caps.tokens, String)],
      ['calls', of(String(used.calls), caps.calls, String)],
      ['actions', of(String(used.actions), caps.actions, String)],
      ['minutes', of(String(minutesOf(used)), caps.minutes, String)],
    ])
  }
  return EXIT.done
}

function reservedText({ reserved }: SpendingTotals): string {
  return reserved === 0 ? '' : `, including ${showUsd(reserved)} reserved for calls without an answer`
}

function minutesOf({ since }: SpendingTotals): number {
  return since === null ? 0 : Math.floor((Date.now() / 1000 - since) / 60)
}

function history(run: Run, { json, terminal }: CliContext): ExitCode {
  const decisions = readDecisions(run, readAutopilotHistory(run, currentMomentOf(run)).actions)
  if (json) terminal.json({ decisions })
  else if (decisions.length === 0) terminal.out(terminal.dim('no model has been called for this run'))
  else for (const one of decisions) printDecision(one, terminal)
  return EXIT.done
}

function headOf({ step, isAnswered, diagnosis, nanoUsd }: AiDecision): string {
  const cost = nanoUsd === null ? '' : `  ${showUsd(nanoUsd)}`
  return `step ${step ?? '?'}${cost}  ${diagnosis ?? (isAnswered ? 'no answer' : 'no answer yet')}`
}

function printDecision(decision: AiDecision, terminal: Terminal): void {
  const { id, reasoning, error, actions } = decision
  terminal.out(`${terminal.bold(id)}  ${printable(headOf(decision))}`)
  const text = error ?? reasoning
  if (text !== null && text !== '') terminal.out(`  ${printable(text)}`)
  for (const one of actions) for (const line of actionLines(one, terminal)) terminal.out(`  ${printable(line)}`)
}

function actionLines({ action, name, value, result, story }: DecidedAction, terminal: Terminal): readonly string[] {
  const asked = [action, name, value].filter((one) => one !== null).join(' ')
  if (story === null) return [`${asked}: ${result}`]
  const effect = effectText(story)
  return [`${asked}: ${showChange(story, terminal)}, ${answerText(story)}`, ...(effect === null ? [] : [effect])]
}

function dryRun(run: Run, { json, terminal, env }: CliContext): ExitCode {
  const preview = previewPrompt(run, { env, beliefs: tunerBeliefs(run) })
  const { system, user, model, baseUrl, estimate, most } = preview
  if (json) terminal.json(preview)
  else {
    terminal.out(terminal.dim('system'))
    for (const line of system.split('\n')) terminal.out(printable(line))
    terminal.out(terminal.dim('user'))
    for (const line of user.split('\n')) terminal.out(printable(line))
    terminal.out('')
    print(terminal, [
      ['would go to', `${printable(model)} at ${printable(baseUrl)}; nothing was sent`],
      ['probably', `${estimate.input} + ${estimate.output} tokens, ${showUsd(estimate.nanoUsd)}`],
      ['at most', `${most.input} + ${most.output} tokens, ${showUsd(most.nanoUsd)}`],
    ])
  }
  return EXIT.done
}

function print(terminal: Terminal, rows: readonly (readonly [string, string])[]): void {
  for (const row of alignColumns(rows.map(([name, text]) => [terminal.dim(name), text]))) terminal.out(row)
}
