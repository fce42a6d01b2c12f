import { usageError } from '@hotcb/commands'
import { TRIGGERS } from '@hotcb/monitor'
import { addToInbox, dryRunTick, livingMonitor, type MonitorPort, monitorPaths, runMonitor } from '@hotcb/monitor/node'
import { launchDriver, openWorkspace, type Workspace } from '@hotcb/sweep/node'
import type { CliContext } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { inWorkspace, ownProgram, readSweepWords, WORDS } from './place.ts'

/** `herd monitor`. */
export const sweepMonitorCommand: CliCommand = cliCommand({
  args: {
    words: WORDS,
    once: { type: 'boolean', description: 'Run one tick and exit.' },
    'dry-run': {
      type: 'boolean',
      description: 'Print the input for the model. Nothing is written, and no model is called.',
    },
    trigger: {
      type: 'enum',
      options: [...TRIGGERS],
      description: 'The trigger for the tick run by `--once` or `--dry-run`. Default: boot.',
    },
    'max-ticks': { type: 'string', number: 'whole', valueHint: 'N', description: 'Exit after N ticks.' },
    prompt: {
      type: 'string',
      alias: 'p',
      valueHint: 'TEXT',
      description: 'Send a message to the monitor. If no monitor is running, one tick answers it here.',
    },
    'no-agent': { type: 'boolean', description: 'Do not use a model: only triage, operator commands and the chat.' },
    'force-discord': {
      type: 'boolean',
      description:
        "Start even if another sweep's monitor uses the same Discord channel, Slack channel or Slack app. Both monitors then obey commands from that channel.",
    },
  },
  about: [
    'Operates a sweep until it is done: starts a driver if none is running, triages failures according to rules, calls a language model within a budget, and asks people before anything costly. It is configured by `monitor` and `discord` in `hyperherd.yaml`.',
    'Each workspace can have one monitor. You can stop it at any time and start it again, here or on another machine; nothing is done twice. Trials do not depend on it.',
    'A message that begins with `/` is an operator command: `/approve 3.1`, `/stop 4`, `/help`.',
  ],
  examples: [
    { type: 'hotcb sweep monitor', does: 'operate the sweep in this directory' },
    { type: 'hotcb sweep monitor --once --no-agent', does: 'one tick, without a model' },
    { type: 'hotcb sweep monitor --dry-run', does: 'show the input for the model' },
    { type: 'hotcb sweep monitor -p "stop trials worse than 0.5"', does: 'ask for something' },
  ],
  run(args, context) {
    const words = readSweepWords(args._, {}, context)
    const { prompt, trigger } = args
    const isOnce = args.once === true || prompt !== undefined
    if (trigger !== undefined && !isOnce && args['dry-run'] !== true)
      throw usageError('`--trigger` requires `--once` or `--dry-run`')
    if (args['max-ticks'] !== undefined && isOnce)
      throw usageError('`--max-ticks` cannot be combined with `--once` or `--prompt`')
    if (prompt !== undefined && prompt.trim() === '') throw usageError('`--prompt` is empty')
    if (prompt !== undefined && args['dry-run'] === true)
      throw usageError('`--dry-run` cannot be combined with `--prompt`')
    return inWorkspace(words, context, async ({ paths, clock }) => {
      // The monitor opens the workspace itself, so that the journal names it as the writer.
      const workspace = openWorkspace(paths.config, clock, 'monitor')
      try {
        if (args['dry-run'] === true) return await showDryRun(workspace, trigger ?? 'boot', context)
        if (prompt !== undefined && !leaveMessage(workspace, prompt, context)) return EXIT.done
        return await operate(workspace, context, {
          noAgent: args['no-agent'] === true,
          forceChat: args['force-discord'] === true,
          ...(isOnce && { once: trigger ?? (prompt === undefined ? 'boot' : 'user_message') }),
          ...(prompt !== undefined && { consoleOnly: true }),
          ...(args['max-ticks'] !== undefined && { maxTicks: Math.max(1, Number(args['max-ticks'])) }),
        })
      } finally {
        workspace.close()
      }
    })
  },
})

type Chosen = Omit<Parameters<typeof runMonitor>[1], 'port' | 'signal'>

async function operate(workspace: Workspace, { terminal, json, env }: CliContext, chosen: Chosen): Promise<ExitCode> {
  const port: MonitorPort = {
    env,
    startDriver: () => launchDriver(workspace.paths, ownProgram('drive')),
    line: (text) => (json ? terminal.err(text) : terminal.out(text)),
  }
  const stop = new AbortController()
  const onSignal = (): void => stop.abort()
  // The current tick is finished first; a second signal terminates the process immediately.
  process.once('SIGINT', onSignal)
  process.once('SIGTERM', onSignal)
  try {
    const { ticks, why, last } = await runMonitor(workspace, { ...chosen, port, signal: stop.signal })
    const failed = last?.failed ?? null
    if (json)
      terminal.json({
        ticks,
        ended: why,
        triage: last?.triage ?? [],
        model_calls: last?.calls ?? null,
        failed,
        halted: last?.halted ?? null,
      })
    if (failed !== null && why === 'once') terminal.err(`${terminal.red('Error:')} the model gave no answer: ${failed}`)
    return failed !== null && why === 'once' ? EXIT.refused : EXIT.done
  } finally {
    process.removeListener('SIGINT', onSignal)
    process.removeListener('SIGTERM', onSignal)
  }
}

async function showDryRun(
  workspace: Workspace,
  trigger: Parameters<typeof dryRunTick>[1],
  { terminal, json, env }: CliContext,
): Promise<ExitCode> {
  const { system, state, message } = await dryRunTick(workspace, trigger, env)
  if (json) terminal.json(state)
  else {
    terminal.out(`System prompt: ${system.length} characters`)
    terminal.page(JSON.stringify(state, null, 2))
    terminal.out(`Message: ${message.length} characters`)
  }
  return EXIT.done
}

/** Writes a message to the inbox. Returns whether this process must answer it at its next tick. */
function leaveMessage({ paths }: Workspace, text: string, { terminal, env, json }: CliContext): boolean {
  const author = env['USER'] ?? 'user'
  const message = { timestamp: new Date().toISOString(), source: 'cli', author, text, isOperator: true }
  addToInbox(paths.state, message)
  const living = livingMonitor(monitorPaths(paths.root, paths.state))
  if (living === null) return true
  if (json) terminal.json({ left_for: living })
  else terminal.out(`The monitor that is running will answer: ${living}`)
  return false
}
