import { jsonOf, trialValues } from '@hotcb/sweep'
import { readSweepStatus, type SweepStatus, type TrialStatus } from '@hotcb/sweep/node'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { chosenTrials, readStates, SORTS } from './choose-trials.ts'
import { inWorkspace, PIN_FLAG, readSweepWords, WORDS } from './place.ts'
import { stageJson, stagesJson } from './stages.ts'
import { statusRows, totalsOf } from './status-rows.ts'

/** `herd status`. */
export const sweepStatusCommand: CliCommand = cliCommand({
  args: {
    words: WORDS,
    brief: {
      type: 'boolean',
      alias: 'b',
      description: 'Hide trials that are ready or cancelled, and show running ones first.',
    },
    pin: PIN_FLAG,
    state: {
      type: 'string',
      valueHint: 'STATE',
      repeats: true,
      description: 'Only trials in this state, such as `failed`; separate several with commas.',
    },
    sort: {
      type: 'enum',
      options: SORTS,
      description: 'Sort by index (the default), name, state or step. `step` sorts the highest first.',
    },
    limit: { type: 'string', number: 'whole', valueHint: 'N', description: 'The maximum number of trials.' },
  },
  about: [
    "Shows each trial's state, its latest step and its last line of output. It never starts or stops a trial. WAITING: requested, but no slot is free yet. STOPPING, PRUNING, PAUSING: asked to stop, but still running.",
  ],
  examples: [
    { type: 'hotcb sweep status', does: 'for the sweep in this directory' },
    { type: 'hotcb sweep status --state failed -p lr=0.1', does: 'only these trials' },
    { type: 'hotcb sweep status --json', does: 'the same as JSON' },
  ],
  run(args, context) {
    const words = readSweepWords(args._, { pin: args.pin }, context)
    const states = readStates(args.state)
    const { terminal, json } = context
    return inWorkspace(words, context, async (workspace) => {
      const status = await readSweepStatus(workspace)
      const trials = chosenTrials(workspace, status.trials, {
        pins: words.pins,
        states,
        sort: args.sort,
        limit: args.limit === undefined ? undefined : Number(args.limit),
        isBrief: args.brief === true,
      })
      if (json) terminal.json(statusJson(status, trials))
      else for (const row of statusRows(status, trials, terminal)) terminal.out(row)
      return EXIT.done
    })
  },
})

/** Returns the document of `herd status --json`. */
export function statusJson(
  { driver, needsDriver, trials: all, silent, stages, askedStages }: SweepStatus,
  trials: readonly TrialStatus[],
): object {
  return {
    totals: totalsOf(all),
    trials: trials.map((one) => ({
      index: one.trial.i,
      status: one.status,
      experiment_name: one.trial.name,
      params: jsonOf(trialValues(one.trial)),
      last_log_line: one.lastLogLine,
      step: one.step,
      steps_per_min: one.stepsPerMinute,
      state: one.state,
      reason: one.reason,
      attempt: one.attempt,
      ...stageJson(one.trial),
    })),
    ...stagesJson({ stages, askedStages }, all),
    driver: driver === null ? null : { host: driver.host, pid: driver.pid },
    needs_driver: needsDriver,
    stale: silent,
  }
}
