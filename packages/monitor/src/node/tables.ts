import { finalMetrics, selectTrials, trialUsage, USAGE_COLUMNS, usageRow, type Workspace } from '@hotcb/sweep/node'
import type { Outlook } from '../types.ts'
import type { PostFile } from './post.ts'

interface TableParts {
  readonly workspace: Workspace
  readonly outlook: Outlook
}

/** Returns the parameters and the final results of all trials as tab-separated columns. */
export function resultsFile({ workspace, outlook }: TableParts): PostFile {
  const rows = outlook.trials.map((trial) => ({ trial, metrics: finalMetrics(workspace.paths.results, trial.i) }))
  const names = [...new Set(rows.flatMap(({ metrics }) => [...metrics.keys()]))]
  const params = [...new Set(rows.flatMap(({ trial }) => Object.keys(trial.params)))]
  const head = ['trial_id', 'experiment_name', 'state', ...params, ...names]
  const lines = rows.map(({ trial, metrics }) => [
    String(trial.i),
    trial.name,
    trial.state,
    ...params.map((name) => String(trial.params[name] ?? '')),
    ...names.map((name) => String(metrics.get(name) ?? '')),
  ])
  return { name: 'results.tsv', content: tabbed([head, ...lines]), about: `The results of ${rows.length} trials.` }
}

/** Returns the state, the attempt and the step of all trials as tab-separated columns. */
export function trialsFile({ outlook: { trials } }: Pick<TableParts, 'outlook'>): PostFile {
  const lines = trials.map(({ i, name, state, attempt, step, reason }) => [
    ...[String(i), state, String(attempt), step === null ? '' : String(step), reason ?? '', name],
  ])
  const head = ['trial_id', 'state', 'attempt', 'step', 'reason', 'experiment_name']
  return { name: 'trials.tsv', content: tabbed([head, ...lines]), about: `The state of ${trials.length} trials.` }
}

/** The time limit for an executor's accounting, because acts wait for it. */
const USAGE_MS = 10_000

/**
 * Returns the output of `herd stats` as tab-separated columns; null if no attempt of these trials has a record.
 *
 * @param index Only this trial; null: all trials.
 * @throws SweepError if the trial does not exist, or the sweep has not been started.
 */
export async function statsFile(
  { workspace }: Pick<TableParts, 'workspace'>,
  index: number | null,
): Promise<PostFile | null> {
  workspace.journal.refresh()
  const records = selectTrials(workspace, index === null ? { all: true } : { index })
  const { byTrial, silent, unasked } = await trialUsage(workspace, records, { withinMs: USAGE_MS })
  const rows = records.flatMap((record) => {
    const used = byTrial.get(record.trial.i)
    return used === undefined ? [] : [usageRow(record, used)]
  })
  if (rows.length === 0) return null
  const later = unasked === 0 ? [] : [`the memory of ${unasked} attempts could not be read in time`]
  const about = [`Time and memory of ${rows.length} trials.`, ...silent, ...later].join('\n')
  return { name: 'stats.tsv', content: tabbed([USAGE_COLUMNS, ...rows]), about }
}

function tabbed(rows: readonly (readonly string[])[]): string {
  return rows.map((cells) => cells.map((cell) => cell.replaceAll(/[\t\n\r]/g, ' ')).join('\t')).join('\n')
}
