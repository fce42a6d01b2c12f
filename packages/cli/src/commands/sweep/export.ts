import { writeFileSync } from 'node:fs'
import { refusal } from '@hotcb/commands'
import { messageOf, printable } from '@hotcb/protocol'
import { formatRecipe } from '@hotcb/recipe'
import { jsonOf } from '@hotcb/sweep'
import { bestTrial, type Schedule, SweepError, sweepSchedule, trialOverrides, type Workspace } from '@hotcb/sweep/node'
import type { CliContext } from '../../context.ts'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { inWorkspace, readSweepWords, TRIAL_WORDS } from './place.ts'

/** `herd export`. */
export const sweepExportCommand: CliCommand = cliCommand({
  args: {
    words: TRIAL_WORDS,
    schedule: {
      type: 'boolean',
      description: 'The changes along the lineage of a trial of a population, as a recipe.',
    },
    out: {
      type: 'string',
      alias: 'o',
      valueHint: 'PATH',
      description: 'The file to write. Default: `schedule.jsonl`.',
    },
  },
  about: [
    'With `--schedule`: a trial of a population continued from checkpoints of others. Its schedule is what a single training has to do for the same result: the overrides of the trial where its lineage begins, and a recipe with every change since. Without a trial, that of the best one.',
    'The replay is identical where the training is deterministic and all trials share its data and seed.',
  ],
  examples: [
    { type: 'hotcb sweep export --schedule', does: 'the schedule of the best trial' },
    { type: 'hotcb sweep export 3 --schedule -o winner.jsonl', does: 'that of trial 3' },
  ],
  run(args, context) {
    const words = readSweepWords(args._, { takesIndex: true }, context)
    if (args.schedule !== true) throw refusal('say what to export: `--schedule`')
    return inWorkspace(words, context, (workspace) => {
      const index = words.index ?? bestTrial(workspace)
      if (index === null) throw new SweepError('refused', 'no trial has completed; name one')
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
