import { refusal, usageError } from '@hotcb/commands'
import { PROPOSABLE_TOOLS, requestAct } from '@hotcb/monitor/node'
import { isObject, parseJson, printable, show } from '@hotcb/protocol'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { senderOf } from '../ask/send.ts'
import { inWorkspace, readSweepWords, typedName, WORDS } from './place.ts'

/** `herd propose`. */
export const sweepProposeCommand: CliCommand = cliCommand({
  args: {
    action: {
      type: 'positional',
      valueHint: 'ACTION',
      options: [...PROPOSABLE_TOOLS],
      description: `What to allow: ${PROPOSABLE_TOOLS.join(', ')}.`,
    },
    words: {
      ...WORDS,
      valueHint: 'ARGUMENTS',
      description: 'The arguments as JSON, such as `{"index": 3}`; the sweep directory may come after them.',
    },
    reason: {
      type: 'string',
      valueHint: 'TEXT',
      isNamed: true,
      description: 'The reason, shown to the people who decide. Required.',
    },
  },
  about: [
    "Asks a sweep's operators to allow an action instead of performing it. The monitor shows the proposal in the chat and on the sweep page, where it is answered with `/approve` or `/reject`. An approved proposal is carried out only if the states of its trials have not changed. The limits in the config apply, as they do for the monitor's model.",
    "If no monitor is running, the proposal waits in the sweep's inbox until `herd monitor` is started.",
    'Arguments: `{"index": N}` selects a trial; `run_indices` needs `{"indices": [N, M]}`; `bump_mem` and `bump_time` also need `"percent"`; `set_controls` also needs `"values": {"lr": 0.001}`.',
  ],
  examples: [
    {
      type: `hotcb sweep propose stop_index '{"index": 3}' --reason "it diverges"`,
      does: 'ask whether to stop a trial',
    },
    {
      type: `hotcb sweep propose run_indices '{"indices": [4, 5]}' --reason "the best region"`,
      does: 'ask to run two trials',
    },
  ],
  run(args, context) {
    const { reason } = args
    if (reason === undefined || reason.trim() === '') throw usageError('`--reason` is missing: explain the proposal')
    const [given = '', ...places] = args._.slice(1)
    const words = readSweepWords(places, {}, context)
    return inWorkspace(words, context, async (workspace) => {
      const { source, author = 'unknown' } = senderOf(context)
      const draft = { tool: args.action, args: argumentsOf(given), reason, source, author, nowMs: Date.now() }
      const { id, text, isKnown, monitor } = await requestAct(workspace, draft)
      const { terminal, json } = context
      const nobody = `no monitor is running: the operators will see the proposal when you start \`${typedName()} monitor\``
      if (json) terminal.json({ proposal: id, text, known: isKnown, monitor, note: monitor === null ? nobody : null })
      else {
        terminal.out(`${terminal.bold(id)} ${printable(text)}${isKnown ? ' (already proposed)' : ''}`)
        if (monitor === null) terminal.err(nobody)
      }
      return EXIT.done
    })
  },
})

function argumentsOf(text: string): Readonly<Record<string, unknown>> {
  if (text === '') return {}
  const parsed = parseJson(text)
  if (!parsed.ok || !isObject(parsed.value)) {
    throw refusal(`ARGUMENTS must be a JSON object such as {"index": 3}, got ${show(text)}`)
  }
  return parsed.value
}
