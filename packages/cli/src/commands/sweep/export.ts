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
      description: 'The trials in this format. Default: that of the ending of `--out`.',
    },
    schedule: {
      type: 'boolean',
      description: 'The changes along the lineage of a trial of a population, as a recipe.',
    },
    out: {
      type: 'string',
      alias: 'o',
      valueHint: 'PATH',
      description:
        'The file to write. Default: standard output for the trials, which `-` also means; `schedule.jsonl` for `--schedule`.',
    },
  },
  about: [
    'Writes a row for each trial, or for the named one: state, times, parameters and metrics. `NAME` is the final value of a metric, `NAME.last` the last value of its curve. `NAME.best` and `NAME.best_step` are the best value and its step, for the metric of the objective or of early stopping; the other metrics have `NAME.min` and `NAME.max`. For a population, the parameters are the current values of the trial.',
    'A name that is also the name of another column is written as `params.NAME` or `metrics.NAME`. JSON is a list of trials, in which parameters and metrics are objects. `parquet` needs `--out`.',
    'With `--schedule`: a trial of a population has continued from checkpoints of others. Its schedule contains everything that a single training run needs for the same result: the overrides of the trial where its lineage begins, and a recipe with every change since. The default is the schedule of the best trial.',
    'The replay is identical if the training is deterministic and all trials share data and seed.',
  ],
  examples: [
    { type: 'hotcb sweep export -o trials.csv', does: 'a table of all trials' },
    { type: 'hotcb sweep export --format json | head -3', does: 'to standard output' },
    { type: 'hotcb sweep export --schedule', does: 'the schedule of the best trial' },
    { type: 'hotcb sweep export 3 --schedule -o winner.jsonl', does: 'that of trial 3' },
  ],
  run(args, context) {
    const words = readSweepWords(args._, { takesIndex: true }, context)
    if (args.schedule !== true) return exportTrials(words, args, context)
    if (args.format !== undefined) throw usageError('`--schedule` always writes a recipe: leave `--format` out')
    return inWorkspace(words, context, (workspace) => {
      const index = words.index ?? bestTrial(workspace)
      if (index === null) throw new SweepError('refused', 'no trial has completed: name a trial')
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
  terminal.out(`its training starts with: ${printable(overrides)}`)
  terminal.out(`HYPERHERD_PARAMS=${printable(JSON.stringify(jsonOf(root.trial.params)))}`)
  for (const note of notes) terminal.err(note)
}
