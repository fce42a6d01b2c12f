import type { SweepConfig } from '../../config/config.ts'
import type { Fold, TrialRecord } from '../../journal/fold.ts'
import { trialState } from '../../journal/trial-state.ts'
import type { Member, Reached } from '../../planners/population.ts'
import type { MetricPoint } from '../../series.ts'
import { NONE, type Value } from '../../value.ts'
import { readExploit } from './evidence.ts'
import { type MemberLedger, TAG } from './member-ledger.ts'

/** A trial with its ledger and its state as a population member. */
export interface ReadMember {
  readonly record: TrialRecord
  readonly ledger: MemberLedger
  readonly member: Member
}

/** Reads a population's current state from its files. */
export function readMembers(
  fold: Fold,
  config: SweepConfig,
  records: readonly TrialRecord[],
  { ledgerOf, seriesOf }: { ledgerOf(i: number): MemberLedger; seriesOf(i: number): readonly MetricPoint[] },
): readonly ReadMember[] {
  const { population, parameters } = config
  if (population === null) return []
  return records.map((record) => {
    const { i, params } = record.trial
    // Read before the series, because a kernel writes a step's metrics before the ledger line of a save at that step.
    const ledger = ledgerOf(i)
    const values = new Map([...params, ...effectiveValues(fold, i)])
    const member = {
      i,
      values: parameters.map(({ name }) => values.get(name) ?? NONE),
      reached: reachedOf(ledger, () => seriesOf(i), population.interval),
      mayMove: trialState(record) === 'running' && !hasOpenDecision(fold, i),
    }
    return { record, ledger, member }
  })
}

/** Returns the values that a trial received from its last applied exploit; empty if there is none. */
export function effectiveValues(fold: Fold, i: number): ReadonlyMap<string, Value> {
  const applied = [...fold.lineages.values()].filter((one) => one.trial === i && one.outcome === 'applied')
  // The last exploit is identified by its ledger line, because decisions are carried out in the order in which they are made.
  const last = applied.reduce<(typeof applied)[number] | null>(
    (newest, one) => (newest === null || (one.seq ?? 0) > (newest.seq ?? 0) ? one : newest),
    null,
  )
  const decision = last === null ? undefined : fold.decisions.get(last.key)
  return (decision === undefined ? null : readExploit(decision))?.values ?? new Map()
}

function hasOpenDecision({ decisions, lineages }: Fold, i: number): boolean {
  return [...decisions.values()].some(
    (one) => one.trial === i && !lineages.has(one.key) && one.planner === 'pbt' && one.verdict === 'exploit',
  )
}

/** Returns the latest boundary since the last load that has a checkpoint and a score. */
export function reachedOf(
  { saves, load }: MemberLedger,
  readSeries: () => readonly MetricPoint[],
  interval: number,
): Reached | null {
  const begun = numberIn(load?.payload?.['step']) ?? 0
  const checkpoints = [...saves]
    .filter(([tag]) => tag.startsWith(TAG))
    .map(([tag, { step, seq }]) => ({ tag, seq, step: Math.floor((step - 1) / interval) * interval }))
    // Only boundaries since the load count, because the member has no results of its own from before the load.
    .filter(({ step }) => step >= interval && step >= begun)
    .sort((a, b) => b.step - a.step || b.seq - a.seq)
  if (checkpoints.length === 0) return null
  // Values that it reported before the load belong to an abandoned history.
  const since = load?.wall_time ?? 0
  const series = readSeries().filter(({ ts }) => ts === null || ts >= since)
  for (const { step, tag } of checkpoints) {
    const point =
      series.findLast((one) => one.step > step - interval && one.step <= step) ?? series.find((one) => one.step > step)
    if (point !== undefined) return { step, tag, score: point.value }
  }
  return null
}

function numberIn(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}
