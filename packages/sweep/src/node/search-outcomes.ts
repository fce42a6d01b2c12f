import type { Objective, Retries } from '../config/config.ts'
import type { TrialRecord } from '../journal/fold.ts'
import { newestAttempt, trialState } from '../journal/trial-state.ts'
import type { SearchedTrial, SearchOutcome } from '../plan/model-search.ts'
import { nextRetryAt } from '../planners/retries.ts'
import { isPausedByPlanner } from './decide-halving.ts'
import { finalMetrics, metricSeries } from './trial-metrics.ts'
import type { Workspace } from './workspace.ts'

/** The outcomes that no longer change, by trial and attempt. */
const ENDED = new WeakMap<Workspace, Map<string, SearchOutcome>>()

/** Returns a search's trials with their outcomes, by index. */
export function searchedTrials(
  workspace: Workspace,
  objective: Objective,
  retries: Retries,
  records: readonly TrialRecord[],
): readonly SearchedTrial[] {
  return [...records]
    .sort((a, b) => a.trial.i - b.trial.i)
    .map((record) => ({ trial: record.trial, outcome: outcomeOf(workspace, record, objective, retries) }))
}

function outcomeOf(workspace: Workspace, record: TrialRecord, objective: Objective, retries: Retries): SearchOutcome {
  const state = trialState(record)
  const isOver =
    state === 'completed' || state === 'pruned' || (state === 'failed' && nextRetryAt(record, retries) === null)
  // A cancelled trial keeps its place until the next `run`, so that a stopped sweep does not propose new trials.
  if (!isOver && !isPausedByPlanner(record)) return { kind: 'open' }
  if (state === 'failed') return { kind: 'failed' }
  const { i } = record.trial
  const cache = ENDED.get(workspace) ?? new Map<string, SearchOutcome>()
  ENDED.set(workspace, cache)
  const key = `${objective.metric}/${i}/${newestAttempt(record)?.n ?? 0}/${state}`
  const outcome = cache.get(key) ?? read(workspace.paths.results, i, objective, state === 'completed')
  cache.set(key, outcome)
  return outcome
}

function read(results: string, i: number, { metric, direction, value }: Objective, isComplete: boolean): SearchOutcome {
  const points = (metricSeries(results, i).get(metric) ?? []).filter(
    (one): one is typeof one & { readonly value: number } => one.value !== null,
  )
  if (!isComplete) {
    const last = points.at(-1)
    return { kind: 'pruned', last: last === undefined ? null : { step: last.step, value: last.value } }
  }
  const final = finalMetrics(results, i).get(metric)
  const values = [...points.map((one) => one.value), ...(typeof final === 'number' ? [final] : [])]
  const chosen = value === 'last' ? values.at(-1) : Math[direction](...values)
  return chosen === undefined || !Number.isFinite(chosen) ? { kind: 'failed' } : { kind: 'complete', value: chosen }
}
