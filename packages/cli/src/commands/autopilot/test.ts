import { firingsText } from '@hotcb/autopilot'
import {
  chooseKeyMetric,
  type DryRun,
  dryRun,
  loadRules,
  readAutopilotConfigFile,
  readRules,
} from '@hotcb/autopilot/node'
import { printable } from '@hotcb/protocol'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { alignColumns } from '../../print/table.ts'
import type { Terminal } from '../../print/terminal.ts'
import { openRun } from '../../run.ts'
import { KEY_METRIC_FLAG, readKeyMetric } from './options.ts'

/** `hotcb autopilot test [FILE]`. */
export const autopilotTestCommand: CliCommand = cliCommand({
  args: {
    file: {
      type: 'positional',
      required: false,
      valueHint: 'FILE',
      description: "A rules file. Default: the run's rules.",
    },
    run: {
      type: 'string',
      valueHint: 'RUN',
      description: 'The recorded run. Default: the run in `--dir`.',
      isNamed: true,
    },
    'key-metric': KEY_METRIC_FLAG,
  },
  about: [
    'Reads all records of a run as if the rules had watched it from its first step, and prints where each rule would have fired. Nothing is written and nothing is sent. Because the effects of those actions are unknown, later rules are evaluated on the run as it was recorded.',
  ],
  examples: [
    { type: 'hotcb autopilot test mine.yaml --run runs/exp-001', does: 'where your rules would have fired' },
    { type: 'hotcb --dir runs/exp-001 autopilot test', does: "test that run's own rules" },
  ],
  run(args, context) {
    const run = openRun(args.run ?? context.dir)
    const config = readAutopilotConfigFile(run)
    const ruleSet = args.file === undefined ? loadRules(run, config.rules, config.disabled) : readRules(args.file)
    const told = args['key-metric']
    const keyMetric = told === undefined ? chooseKeyMetric(run, config, ruleSet) : readKeyMetric(told)
    const found = dryRun(run, ruleSet, { keyMetric, limits: config.limits })
    if (context.json) context.terminal.json(found)
    else
      print(
        found,
        ruleSet.rules.map(({ id }) => id),
        context.terminal,
      )
    return EXIT.done
  },
})

function print({ fired, counts }: DryRun, ids: readonly string[], terminal: Terminal): void {
  const rows = ids.map((id) => {
    const own = fired.filter(({ rule }) => rule === id)
    const text = firingsText(
      own.map(({ step }) => step),
      counts[id] ?? 0,
    )
    const [first] = own
    if (first === undefined) return [terminal.dim(id), terminal.dim(text)]
    return [terminal.bold(id), text, terminal.dim(printable(first.because))]
  })
  for (const row of alignColumns(rows)) terminal.out(row)
}
