import { jsonOf } from '@hotcb/sweep'
import {
  configInForce,
  finalMetrics,
  readSweepStatus,
  SweepError,
  selectTrials,
  type TrialStatus,
  trialUsage,
  USAGE_COLUMNS,
  usageRow,
  type Workspace,
} from '@hotcb/sweep/node'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { alignColumns } from '../../print/table.ts'
import { errorTail } from './error-tail.ts'
import { inWorkspace, readSweepWords, TRIAL_WORDS, WORDS } from './place.ts'
import { totalsOf } from './status-rows.ts'

/** `herd stats`. */
export const sweepStatsCommand: CliCommand = cliCommand({
  args: {
    words: TRIAL_WORDS,
    attempt: {
      type: 'string',
      number: 'whole',
      valueHint: 'N',
      description: 'Show this attempt. Default: the latest one.',
    },
  },
  about: [
    "Shows the time and memory used by each trial's latest attempt. Memory comes from SLURM's accounting; for trials on this machine, only times are known.",
  ],
  examples: [
    { type: 'hotcb sweep stats', does: 'for all trials that were started' },
    { type: 'hotcb sweep stats 3', does: 'for trial 3' },
  ],
  run(args, context) {
    const words = readSweepWords(args._, { takesIndex: true }, context)
    const { terminal, json } = context
    const attempt = args.attempt === undefined ? undefined : Number(args.attempt)
    return inWorkspace(words, context, async (workspace) => {
      const { index } = words
      const records = selectTrials(workspace, index === undefined ? { all: true } : { index })
      const { byTrial, silent } = await trialUsage(workspace, records, { attempt })
      for (const why of silent) terminal.err(why)
      const rows = records.flatMap(({ trial }) => {
        const used = byTrial.get(trial.i)
        return used === undefined ? [] : [{ trial, used }]
      })
      if (index !== undefined && rows.length === 0) throw neverStarted(index, attempt)
      if (json)
        terminal.json({
          trials: rows.map(({ trial, used }) => ({ index: trial.i, experiment_name: trial.name, ...usageJson(used) })),
        })
      else if (rows.length === 0) terminal.out('No accounting data available.')
      else {
        const lines = rows.map(({ trial, used }) => usageRow({ trial }, used))
        for (const line of alignColumns([USAGE_COLUMNS, ...lines])) terminal.out(line)
      }
      return EXIT.done
    })
  },
})

function neverStarted(index: number, attempt: number | undefined): SweepError {
  const what = attempt === undefined ? 'was never started' : `has no attempt ${attempt}`
  return new SweepError('refused', `trial ${index} ${what}`)
}

type Used = Awaited<ReturnType<typeof trialUsage>>['byTrial'] extends ReadonlyMap<number, infer One> ? One : never

function usageJson(used: Used | undefined): object {
  return {
    slurm_state: used?.state ?? null,
    elapsed: used?.elapsed ?? null,
    elapsed_seconds: used?.elapsedSeconds ?? null,
    max_rss_bytes: used?.maxRssBytes ?? null,
    ave_rss_bytes: used?.aveRssBytes ?? null,
    req_mem_bytes: used?.reqMemBytes ?? null,
  }
}

/** `herd snapshot`. */
export const sweepSnapshotCommand: CliCommand = cliCommand({
  args: {
    words: WORDS,
    lines: {
      type: 'string',
      alias: 'n',
      number: 'whole',
      default: '20',
      valueHint: 'N',
      description: 'Number of lines of error output. Default: 20.',
    },
    'max-failed': {
      type: 'string',
      number: 'whole',
      default: '20',
      valueHint: 'N',
      description: 'Show the error output of at most N failed trials. Default: 20.',
    },
  },
  about: [
    'Prints everything about the sweep as one JSON document, for use by programs: states, usage, results and error output.',
    "Reading memory usage for thousands of trials from SLURM's accounting takes seconds. `usage_pending` counts the trials that a later snapshot or `herd stats` will read.",
  ],
  examples: [{ type: 'hotcb sweep snapshot', does: 'for the sweep in this directory' }],
  run(args, context) {
    const words = readSweepWords(args._, {}, context)
    return inWorkspace(words, context, async (workspace) => {
      const limits = { lines: Number(args.lines), failed: Number(args['max-failed']) }
      context.terminal.json(await snapshotOf(workspace, limits))
      return EXIT.done
    })
  },
})

/**
 * The time limit for SLURM's accounting, which takes seconds to report memory usage for thousands of trials. Later snapshots read the rest.
 */
const USAGE_MS = 400

async function snapshotOf(
  workspace: Workspace,
  limits: { readonly lines: number; readonly failed: number },
): Promise<object> {
  const { trials } = await readSweepStatus(workspace)
  const records = selectTrials(workspace, { all: true })
  const { byTrial, unasked } = await trialUsage(workspace, records, { withinMs: USAGE_MS })
  const jobs = new Map(records.map(({ trial, attempts }) => [trial.i, attempts.at(-1)]))
  const failed = trials.filter(({ status }) => status === 'failed').slice(-limits.failed)
  return {
    sweep_name: configInForce(workspace).name,
    workspace: workspace.paths.root,
    totals: totalsOf(trials),
    usage_pending: unasked,
    trials: trials.map((one) => {
      const attempt = jobs.get(one.trial.i)
      const job = attempt?.executor === 'slurm' ? attempt.job : null
      return {
        ...trialJson(one),
        slurm_job_id: job,
        ...usageJson(byTrial.get(one.trial.i)),
        ...tailJson(workspace, one),
      }
    }),
    failed_stderr: limits.failed === 0 ? [] : failed.map(({ trial }) => errorTail(workspace, trial.i, limits.lines)),
  }
}

function trialJson({ trial, status, state, attempt, reason }: TrialStatus): object {
  return { index: trial.i, status, experiment_name: trial.name, params: jsonOf(trial.params), state, attempt, reason }
}

function tailJson({ paths }: Workspace, { trial, lastLogLine }: TrialStatus): object {
  return { metrics: Object.fromEntries(finalMetrics(paths.results, trial.i)), last_log_line: lastLogLine }
}
