import { jsonOf } from '@hotcb/sweep'
import { readSweepStatus, type SweepStatus, type TrialStatus } from '@hotcb/sweep/node'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { inWorkspace, readSweepWords, WORDS } from './place.ts'
import { statusRows, totalsOf } from './status-rows.ts'

/** `herd status`. */
export const sweepStatusCommand: CliCommand = cliCommand({
  args: {
    words: WORDS,
    brief: {
      type: 'boolean',
      alias: 'b',
      description: 'Without trials that are ready or cancelled; running ones first.',
    },
  },
  about: [
    'Where each trial stands, its newest step and its last line of output. Reads only. WAITING: asked for, and no slot is free yet. STOPPING, PRUNING, PAUSING: told to end, and still running.',
  ],
  examples: [
    { type: 'hotcb sweep status', does: 'of the sweep in this directory' },
    { type: 'hotcb sweep status --json', does: 'the same as JSON' },
  ],
  run(args, context) {
    const words = readSweepWords(args._, {}, context)
    const { terminal, json } = context
    return inWorkspace(words, context, async (workspace) => {
      const status = await readSweepStatus(workspace)
      const trials = args.brief === true ? briefly(status.trials) : status.trials
      if (json) terminal.json(statusJson(status, trials))
      else for (const row of statusRows(status, trials, terminal)) terminal.out(row)
      return EXIT.done
    })
  },
})

const ORDER = ['running', 'queued', 'submitted', 'paused', 'failed', 'pruned', 'cancelled', 'completed', 'ready']

function briefly(trials: readonly TrialStatus[]): readonly TrialStatus[] {
  return trials
    .filter(({ state }) => state !== 'ready' && state !== 'cancelled')
    .sort((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status) || a.trial.i - b.trial.i)
}

function statusJson({ driver, needsDriver, trials: all, silent }: SweepStatus, trials: readonly TrialStatus[]): object {
  return {
    totals: totalsOf(all),
    trials: trials.map((one) => ({
      index: one.trial.i,
      status: one.status,
      experiment_name: one.trial.name,
      params: jsonOf(one.trial.params),
      last_log_line: one.lastLogLine,
      step: one.step,
      steps_per_min: one.stepsPerMinute,
      state: one.state,
      reason: one.reason,
      attempt: one.attempt,
    })),
    driver: driver === null ? null : { host: driver.host, pid: driver.pid },
    needs_driver: needsDriver,
    stale: silent,
  }
}
