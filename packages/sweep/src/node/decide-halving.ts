import type { SweepConfig } from '../config/config.ts'
import type { SweepEvent } from '../journal/event.ts'
import { isEnd, type TrialRecord } from '../journal/fold.ts'
import { isLive, newestAttempt, trialState } from '../journal/trial-state.ts'
import { planAsha } from '../planners/halving.ts'
import type { Contender, Reported } from '../planners/rungs.ts'
import { crashPoint } from './crash-point.ts'
import type { JournalWriter } from './journal.ts'
import { metricSeries } from './trial-metrics.ts'
import type { Workspace } from './workspace.ts'

/** Series of trials that are over: they do not change, and are read once in the life of a driver. */
const OVER = new WeakMap<Workspace, Map<string, readonly Reported[]>>()

/** Judges the trials that came to a rung, and asks those that are given up to end. */
export function decideHalving(workspace: Workspace, { halving }: SweepConfig, writer: JournalWriter): void {
  if (halving === null) return
  const records = [...writer.fold.trials.values()].filter(
    ({ attempts, isDropped }) => attempts.length > 0 && !isDropped,
  )
  if (!records.some((record) => trialState(record) === 'running')) return
  const contenders = records.map((record) => contenderOf(workspace, record, halving.metric))
  const decisions = planAsha(contenders, halving, (key) => writer.fold.decisions.has(key))
  // A decision and the request that follows from it are one write.
  const events = decisions.flatMap(({ trial, verdict, evidence, ...decision }): readonly SweepEvent[] => {
    const decide = { type: 'decide', ...decision, trial, verdict, evidence: { ...evidence } } as const
    if (verdict === 'promote') return [decide]
    const { step, ahead, cohort, keep } = evidence
    const why = `asha at ${step}: ${ahead + 1} of ${cohort}, keeps ${keep}`
    return [decide, { type: 'wish', trials: [trial], want: 'prune', why }]
  })
  if (events.length > 0) writer.appendBy('planner', ...events)
  crashPoint('decided')
}

function contenderOf(workspace: Workspace, record: TrialRecord, metric: string): Contender {
  const { i } = record.trial
  const state = trialState(record)
  const attempt = newestAttempt(record)
  const isAlive = isLive(state) && state !== 'pruning' && state !== 'stopping'
  if (attempt === undefined || !isEnd(attempt.seen)) return { i, isAlive, series: read(workspace, i, metric) }
  const cache = OVER.get(workspace) ?? new Map<string, readonly Reported[]>()
  OVER.set(workspace, cache)
  const key = `${i}-${attempt.n}`
  const series = cache.get(key) ?? read(workspace, i, metric)
  cache.set(key, series)
  return { i, isAlive, series }
}

function read({ paths }: Workspace, i: number, metric: string): readonly Reported[] {
  return metricSeries(paths.results, i, metric).get(metric) ?? []
}
