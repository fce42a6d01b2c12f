import { resolve } from 'node:path'
import { type AutopilotEvent, describeAction } from '@hotcb/autopilot'
import { type RunningAutopilot, runAutopilot } from '@hotcb/autopilot/node'
import { type JsonObject, printable } from '@hotcb/protocol'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { showFigure } from '../../print/figures.ts'
import type { Terminal } from '../../print/terminal.ts'
import { openRun } from '../../run.ts'
import { untilSignal } from '../../until-signal.ts'
import { KEY_METRIC_FLAG, readAutopilotMode, readKeyMetric } from './options.ts'
import { tunerBeliefs } from './tuner-beliefs.ts'

/** `hotcb autopilot run`. */
export const autopilotRunCommand: CliCommand = cliCommand({
  args: {
    mode: {
      type: 'string',
      valueHint: 'MODE',
      description:
        '`off`, `suggest`, `auto`, `ai_suggest` or `ai_auto`. Default: the mode in the config, else `suggest`.',
    },
    rules: {
      type: 'string',
      repeats: true,
      valueHint: 'FILE',
      description: 'A rules file. Default: the rules files in the config, else the built-in rules.',
    },
    'key-metric': KEY_METRIC_FLAG,
    'take-over': { type: 'boolean', description: 'Take over the run from an autopilot that is already running.' },
  },
  about: [
    "Reads the run's metrics as they arrive and acts according to rules: in `suggest` it makes proposals; in `auto` it acts within its limits. Each action is a command that is recorded in the ledger and can be undone.",
    'In `ai_suggest` and `ai_auto`, the language model configured under `ai` also requests actions, which are proposed, or carried out within the same limits. Without a key, a budget or an answer, only the rules are used.',
    'Only one autopilot can watch a run at a time; a second one is refused. The mode, the key metric, the rules files and the limits are in `hotcb.autopilot.yaml` in the run directory, which is reloaded when it changes.',
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 autopilot run', does: 'make proposals and wait for a person' },
    { type: 'hotcb autopilot run --mode auto --key-metric val_loss', does: 'act within limits' },
    { type: 'hotcb autopilot run --rules mine.yaml', does: 'with your own rules' },
  ],
  async run(args, { dir, env, json, terminal }) {
    openRun(dir)
    const running = runAutopilot(dir, {
      mode: args.mode === undefined ? undefined : readAutopilotMode(args.mode),
      keyMetric: args['key-metric'] === undefined ? undefined : readKeyMetric(args['key-metric']),
      rules: args.rules?.split(',').map((file) => resolve(file)),
      takeOver: args['take-over'] ?? false,
      env,
      beliefs: tunerBeliefs,
      note: (text) => terminal.err(printable(text)),
      onEvents: (events) => printEvents(events, json, terminal),
    })
    const interrupted = untilSignal()
    if (json) terminal.json(beginOf(running))
    else terminal.out(greeting(dir, running))
    const how = await Promise.race([running.ended, interrupted])
    running.close()
    return how === 'superseded' ? EXIT.refused : EXIT.interrupted
  },
})

function beginOf({ agent, keyMetric }: RunningAutopilot): object {
  return { mode: agent.mode, key_metric: keyMetric, n: agent.hold.n }
}

/** Returns the first line of output for a person. */
export function greeting(dir: string, { agent, keyMetric }: RunningAutopilot): string {
  const metric = keyMetric === null ? '' : `, key metric ${printable(keyMetric.name)}`
  return `autopilot is watching ${printable(dir)}: mode ${agent.mode}${metric}`
}

/** Prints one line for each event. */
export function printEvents(events: readonly AutopilotEvent[], json: boolean, terminal: Terminal): void {
  for (const event of events) {
    if (json) terminal.json(event)
    else terminal.out(printable(textOf(event, terminal)))
  }
}

function textOf(event: AutopilotEvent, { unicode }: Terminal): string {
  const head = `step ${event.step}  ${event.id}`
  switch (event.kind) {
    case 'alert':
      return `${head} ${event.rule}: ${event.because}`
    case 'propose':
    case 'act': {
      // A command is plain JSON.
      const command = event.command as unknown as JsonObject
      const change = describeAction({ command }, { unicode, showValue: showFigure })
      return `${head} ${event.rule} ${event.kind === 'act' ? 'does' : 'proposes'} ${change}: ${event.because}`
    }
    case 'outcome':
      return `${head} effect ${event.verdict}: ${event.because}`
    default:
      return `${head} ${event.kind}${event.by === null ? '' : ` by ${event.by}`}: ${event.decision}${event.reason === null ? '' : `, ${event.reason}`}`
  }
}
