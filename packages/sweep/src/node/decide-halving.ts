import type { SweepConfig } from '../config/config.ts'
import type { SweepEvent } from '../journal/event.ts'
import type { TrialRecord } from '../journal/fold.ts'
import { isLive, trialState } from '../journal/trial-state.ts'
import { planAsha } from '../planners/halving.ts'
import type { Contender } from '../planners/rungs.ts'
import { crashPoint } from './crash-point.ts'
import type { JournalWriter } from './journal.ts'
import { createSeriesReader, type SeriesReader } from './series-reader.ts'
import type { Workspace } from './workspace.ts'

/** What was read of each metric, for the life of a driver: a look reads only what is new. */
const READERS = new WeakMap<Workspace, Map<string, SeriesReader>>()

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
  const isAlive = isLive(state) && state !== 'pruning' && state !== 'stopping'
  return { i, isAlive, series: readerOf(workspace, metric).read(i) }
}

function readerOf(workspace: Workspace, metric: string): SeriesReader {
  const readers = READERS.get(workspace) ?? new Map<string, SeriesReader>()
  READERS.set(workspace, readers)
  const reader = readers.get(metric) ?? createSeriesReader(workspace.paths.results, metric)
  readers.set(metric, reader)
  return reader
}
