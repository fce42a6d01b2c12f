import type { SweepConfig, Take } from '../config/config.ts'
import { dedupeKey } from './plan.ts'
import type { PlannedTrial, SweepTrial } from './trial.ts'

/** Returns a trial's stage; null without stages. A trial from before the config had stages belongs to the first stage. */
export function stageOf({ stages }: SweepConfig, { stage }: Pick<SweepTrial, 'stage'>): string | null {
  return stages.length === 0 ? null : (stage ?? stages[0]?.name ?? null)
}

/** Returns a trial's config: that of its stage. */
export function configOf(config: SweepConfig, trial: Pick<SweepTrial, 'stage'>): SweepConfig {
  const name = stageOf(config, trial)
  return config.stages.find((one) => one.name === name)?.config ?? config
}

/** Returns the names of all parameters in all stages. */
export function parameterNames({ parameters, stages }: SweepConfig): readonly string[] {
  const all = [parameters, ...stages.map(({ config }) => config.parameters)]
  return [...new Set(all.flatMap((some) => some.map(({ name }) => name)))]
}

/** A completed trial that may become a parent. */
export interface Candidate {
  readonly trial: SweepTrial
  /** The value of its stage's objective; null if it has none. */
  readonly value: number | null
}

/** A parent, and why it was chosen. */
export interface Parent {
  readonly trial: SweepTrial
  readonly evidence: { readonly value?: number; readonly rank?: number; readonly of: number }
}

/**
 * Returns the trials that become parents. Repetitions of a combination with different seeds are ranked together, by the aggregate of their
 * values, and are chosen together. Parents that were chosen earlier come first: a better trial that finishes later does not replace them.
 *
 * @param config The config of the candidates' stage.
 */
export function chooseParents(
  take: Take,
  candidates: readonly Candidate[],
  config: SweepConfig,
  wasTaken: (i: number) => boolean,
): readonly Parent[] {
  const of = candidates.length
  if (take.kind !== 'best') return candidates.map(({ trial }) => ({ trial, evidence: { of } }))
  const groups = ranked(groupsOf(candidates, config), config)
  const isTaken = ({ trials }: Ranked): boolean => trials.some(({ i }) => wasTaken(i))
  const inOrder = [...groups.filter(isTaken), ...groups.filter((one) => !isTaken(one))].slice(0, take.count)
  return inOrder.flatMap(({ trials, value, rank }) =>
    trials.map((trial) => ({ trial, evidence: { value, rank, of: groups.length } })),
  )
}

interface Ranked {
  readonly trials: readonly SweepTrial[]
  readonly value: number
  /** Counted from 1. */
  readonly rank: number
}

function groupsOf(candidates: readonly Candidate[], { seeds }: SweepConfig): readonly (readonly Candidate[])[] {
  if (seeds === null) return candidates.map((one) => [one])
  const groups = new Map<string, Candidate[]>()
  for (const one of candidates) {
    const key = groupKey(one.trial, seeds.param)
    groups.set(key, [...(groups.get(key) ?? []), one])
  }
  return [...groups.values()]
}

/** Returns a key that is the same for trials that differ only in their seed. */
export function groupKey({ params, parent }: PlannedTrial, seedParam: string): string {
  const others = params.filter(([name]) => name !== seedParam).map(([, value]) => value)
  return `${parent ?? ''}\0${dedupeKey(others)}`
}

function ranked(groups: readonly (readonly Candidate[])[], { objective, seeds }: SweepConfig): readonly Ranked[] {
  const sign = objective?.direction === 'max' ? -1 : 1
  return groups
    .flatMap((group) => {
      const values = group.flatMap(({ value }) => (value === null ? [] : [value]))
      if (values.length === 0) return []
      return [{ trials: group.map(({ trial }) => trial), value: aggregate(values, seeds?.aggregate ?? 'mean') }]
    })
    .sort((a, b) => sign * (a.value - b.value))
    .map((one, at) => ({ ...one, rank: at + 1 }))
}

/** Combines the values of a combination's repetitions into one. */
export function aggregate(values: readonly number[], how: 'mean' | 'median' | 'min' | 'max'): number {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (index: number): number => sorted[index] ?? Number.NaN
  if (how === 'min') return at(0)
  if (how === 'max') return at(sorted.length - 1)
  if (how === 'mean') return values.reduce((sum, value) => sum + value, 0) / values.length
  const middle = sorted.length / 2
  return Number.isInteger(middle) ? (at(middle - 1) + at(middle)) / 2 : at(Math.floor(middle))
}
