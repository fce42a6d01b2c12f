import { writeFileSync } from 'node:fs'
import { refusal, usageError } from '@hotcb/commands'
import { messageOf, printable } from '@hotcb/protocol'
import { formatRecipe } from '@hotcb/recipe'
import { jsonOf } from '@hotcb/sweep'
import { bestTrial, type Schedule, SweepError, sweepSchedule, trialOverrides, type Workspace } from '@hotcb/sweep/node'
import type { CliContext } from '../../context.ts'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { exportTrials } from './export-trials.ts'
import { inWorkspace, readSweepWords, TRIAL_WORDS } from './place.ts'

/** `herd export`. */
export const sweepExportCommand: CliCommand = cliCommand({
  args: {
    words: TRIAL_WORDS,
    format: {
      type: 'enum',
      options: ['csv', 'json', 'parquet'],
      description: 'Export the trials in this format. Default: according to the file extension of `--out`.',
    },
    schedule: {
      type: 'boolean',
      description: "Export the changes along a population trial's lineage, as a recipe.",
    },
    out: {
      type: 'string',
      alias: 'o',
      valueHint: 'PATH',
      description:
        'The file to write. Default: standard output (`-`) for the trials, `schedule.jsonl` for `--schedule`.',
    },
  },
  about: [
    "Writes one row for each trial, or for the given trial: state, times, parameters and metrics. `NAME` is the final value of a metric, and `NAME.last` is the last value of its curve. For the metric used by the objective or by early stopping, `NAME.best` and `NAME.best_step` are the best value and its step; other metrics have `NAME.min` and `NAME.max`. For a population, the parameters are the trial's current values.",
    'If two columns would have the same name, it is written as `params.NAME` or `metrics.NAME`. JSON output is a list of trials in which the parameters and metrics are objects. `parquet` needs `--out`.',
    "With `--schedule`: a trial in a population continues from other trials' checkpoints. Its schedule contains everything that a single training run needs to get the same result: the overrides of the trial at the start of its lineage, and a recipe with every change since. The default is the best trial's schedule.",
    'The replay is identical if the training is deterministic and all trials use the same data and seed.',
  ],
  examples: [
    { type: 'hotcb sweep export -o trials.csv', does: 'a table of all trials' },
    { type: 'hotcb sweep export --format json | head -3', does: 'to standard output' },
    { type: 'hotcb sweep export --schedule', does: "the best trial's schedule" },
    { type: 'hotcb sweep export 3 --schedule -o winner.jsonl', does: "trial 3's schedule" },
  ],
  run(args, context) {
    const words = readSweepWords(args._, { takesIndex: true }, context)
    if (args.schedule !== true) return exportTrials(words, args, context)
    if (args.format !== undefined)
      throw usageError('`--schedule` always writes a recipe and cannot be combined with `--format`')
    return inWorkspace(words, context, (workspace) => {
      const index = words.index ?? bestTrial(workspace)
      if (index === null) throw new SweepError('refused', 'no trial has completed: specify a trial')
      const schedule = sweepSchedule(workspace, index)
      const path = args.out ?? 'schedule.jsonl'
      write(path, formatRecipe(schedule.entries))
      tell(workspace, index, schedule, path, context)
      return EXIT.done
    })
  },
})

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text)
  } catch (error) {
    throw refusal(`cannot write \`${path}\`: ${messageOf(error)}`)
  }
}

function tell(
  workspace: Workspace,
  index: number,
  { root, lineage, entries, notes }: Schedule,
  path: string,
  { terminal, json }: CliContext,
): void {
  const overrides = trialOverrides(workspace, root)
  if (json) {
    const parts = lineage.map(({ trial, from }) => ({ trial, from_step: from }))
    terminal.json({
      trial: index,
      root: root.trial.i,
      overrides,
      params: jsonOf(root.trial.params),
      lineage: parts,
      entries: entries.length,
      path,
      notes,
    })
    return
  }
  const steps = lineage.map(({ trial, from }) => `${trial} from step ${from}`).join(', ')
  terminal.out(`trial ${index}: ${entries.length} changes in ${path}; lineage: trial ${steps}`)
  terminal.out(`the training starts with: ${printable(overrides)}`)
  terminal.out(`HYPERHERD_PARAMS=${printable(JSON.stringify(jsonOf(root.trial.params)))}`)
  for (const note of notes) terminal.err(note)
}
