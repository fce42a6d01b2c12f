import type { Halving, SweepConfig } from '../config/config.ts'
import type { SweepEvent } from '../journal/event.ts'
import type { TrialRecord } from '../journal/fold.ts'
import { isLive, type SweepTrialState, trialState } from '../journal/trial-state.ts'
import { stageOf } from '../plan/stages.ts'
import { type HalvingAction, planHalving, standingsOf, type TrialStanding } from '../planners/halving.ts'
import type { Contender } from '../planners/rungs.ts'
import { crashPoint } from './crash-point.ts'
import { freeSlots } from './free-slots.ts'
import type { JournalWriter } from './journal.ts'
import { createSeriesReader, type SeriesReader } from './series-reader.ts'
import type { Workspace } from './workspace.ts'

/** The values of each metric that a driver has already read, so that each check reads only new values. */
const READERS = new WeakMap<Workspace, Map<string, SeriesReader>>()

/**
 * Decides which trials that reached a rung continue, and asks pruned trials to stop. Only trials in the same stage are compared.
 */
export function decideHalving(workspace: Workspace, config: SweepConfig, writer: JournalWriter): void {
  for (const [{ halving }, records] of comparable(config, writer.fold.trials.values())) {
    if (halving !== null) judge(workspace, config, halving, records, writer)
  }
}

/** Returns the groups of trials that may be compared, one per stage, with their config. */
export function comparable(
  config: SweepConfig,
  records: Iterable<TrialRecord>,
): readonly (readonly [config: SweepConfig, records: readonly TrialRecord[]])[] {
  const all = [...records]
  if (config.stages.length === 0) return [[config, all]]
  return config.stages.map((stage) => [stage.config, all.filter(({ trial }) => stageOf(config, trial) === stage.name)])
}

function judge(
  workspace: Workspace,
  config: SweepConfig,
  halving: Halving,
  all: readonly TrialRecord[],
  writer: JournalWriter,
): void {
  const records = comparedIn(all, halving)
  if (!records.some((record) => isJudged(trialState(record), halving))) return
  const contenders = contendersOf(workspace, records, halving.metric)
  const decided = (key: string): string | undefined => writer.fold.decisions.get(key)?.verdict
  // A decision and its request are one write. The request comes first: a full disk may cut the write, and a
  // decision without its request would let the trial continue.
  const free = freeSlots(config, writer.fold.trials.values())
  const events = planHalving(contenders, halving, decided, free).flatMap(eventsOf)
  if (events.length > 0) crashPoint('decide')
  if (events.length > 0) writer.appendBy('planner', ...events)
  if (events.length > 0) crashPoint('decided')
  if (hasPauses(halving)) resumePromoted(records, standingsOf(contenders, halving, decided, 0), halving, writer)
}

/**
 * Resumes trials that had to wait for others and may continue now. A trial whose process has not ended yet is resumed at a
 * later check.
 */
function resumePromoted(
  records: readonly TrialRecord[],
  standings: readonly TrialStanding[],
  { mode }: Halving,
  writer: JournalWriter,
): void {
  const verdicts = new Map(standings.map(({ i, verdict }) => [i, verdict]))
  const trials = records.flatMap((record) => {
    const { i } = record.trial
    const verdict = verdicts.get(i)
    return isPausedByPlanner(record) && (verdict === 'promote' || verdict === 'run_free') ? [i] : []
  })
  if (trials.length === 0) return
  writer.appendBy('planner', { type: 'wish', trials, want: 'resume', why: `${mode}: promoted` })
}

/** Whether trials pause at a rung and continue at a later check. */
function hasPauses({ mode }: Halving): boolean {
  return mode === 'sync' || mode === 'asha_promote'
}

function comparedIn(records: Iterable<TrialRecord>, halving: Halving): readonly TrialRecord[] {
  // If trials wait for each other, those that have not started yet are included: they may still reach the rung.
  return [...records].filter(
    (record) => !record.isDropped && (record.attempts.length > 0 || (hasPauses(halving) && record.isCalled)),
  )
}

function isJudged(state: SweepTrialState, halving: Halving): boolean {
  return state === 'running' || (hasPauses(halving) && state === 'paused')
}

/** Converts trials to the form that planners use. */
export function contendersOf(
  workspace: Workspace,
  records: readonly TrialRecord[],
  metric: string,
): readonly Contender[] {
  const reader = seriesReaderOf(workspace, metric)
  return records.map((record) => {
    const { i } = record.trial
    const state = trialState(record)
    const isAlive = isLive(state) && state !== 'pruning' && state !== 'stopping' && state !== 'pausing'
    const mayArrive = isAlive || state === 'pausing' || state === 'waiting' || state === 'paused'
    return { i, isAlive, mayArrive, series: record.attempts.length === 0 ? [] : reader.read(i) }
  })
}

/** How the reason starts in this planner's requests. Only such a pause ends automatically. */
const PAUSED_AT = /^(sync|asha_promote) at /

/** Whether a trial is waiting for other trials to reach its rung, or for a slot. */
export function isPausedByPlanner(record: TrialRecord): boolean {
  return trialState(record) === 'paused' && record.why !== null && PAUSED_AT.test(record.why)
}

function eventsOf({ planner, key, trial, verdict, standing }: HalvingAction): readonly SweepEvent[] {
  const { rung: _, open, ...evidence } = standing
  const { step, ahead, cohort, keep } = evidence
  const trials = [trial]
  if (verdict === 'pause') {
    const others = planner === 'sync' ? `${open} not there yet` : `of ${cohort}`
    const why = `${planner} at ${step}: ${ahead} ahead of it, ${others}, keeps ${keep}`
    return [{ type: 'wish', trials, want: 'pause', why }]
  }
  const all = planner === 'sync' ? { ...evidence, open } : evidence
  const decide = { type: 'decide', planner, key, trial, verdict, evidence: all } as const
  if (verdict === 'prune') {
    const why = `${planner} at ${step}: ${ahead + 1} of ${cohort}, keeps ${keep}`
    return [{ type: 'wish', trials, want: 'prune', why }, decide]
  }
  return [decide]
}

/** Returns the metric values that a driver has already read. */
export function seriesReaderOf(workspace: Workspace, metric: string): SeriesReader {
  const readers = READERS.get(workspace) ?? new Map<string, SeriesReader>()
  READERS.set(workspace, readers)
  const reader = readers.get(metric) ?? createSeriesReader(workspace.paths.results, metric)
  readers.set(metric, reader)
  return reader
}
