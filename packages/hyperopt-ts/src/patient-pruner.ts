import type { Pruner } from './pruner.ts'
import { compareValues, type Report, type StudyDirection } from './trial.ts'

/** Options of {@link patientPruner}. */
export interface PatientPrunerOptions {
  /** How many reports may pass without a better value. */
  readonly patience: number
  /**
   * By how much a value must be better to count.
   *
   * @defaultValue 0
   */
  readonly minDelta?: number
}

/**
 * Stops a trial that has not improved for `patience` reports, if another pruner, when given, would stop it too. A trial
 * whose last value is NaN is stopped if the other pruner decides so, and immediately if there is none.
 *
 * @throws RangeError for options below zero.
 */
export function patientPruner(wrapped: Pruner | undefined, options: PatientPrunerOptions): Pruner {
  const { patience, minDelta = 0 } = options ?? {}
  if (!Number.isSafeInteger(patience) || patience < 0) {
    throw new RangeError(`\`patience\` must be a whole number >= 0, got ${patience}`)
  }
  if (!(minDelta >= 0)) throw new RangeError(`\`minDelta\` must be a number >= 0, got ${minDelta}`)
  return {
    name: 'patient',
    shouldPrune: (trial, trials, direction) => {
      const { reports } = trial
      const last = reports.at(-1)
      if (last === undefined) return false
      const tired = Number.isNaN(last.value) || hasStood(reports, patience, minDelta, direction)
      return tired && (wrapped?.shouldPrune(trial, trials, direction) ?? true)
    },
  }
}

/** True if none of the last `patience` reports and the latest one is better than all before them. */
function hasStood(reports: readonly Report[], patience: number, minDelta: number, direction: StudyDirection): boolean {
  const before = reports.length - patience - 1
  if (before < 1) return false
  const best = (part: readonly Report[]): number =>
    part.reduce((most, { value }) => (compareValues(value, most, direction) < 0 ? value : most), Number.NaN)
  const [old, recent] = [best(reports.slice(0, before)), best(reports.slice(before))]
  const enough = direction === 'minimize' ? recent + minDelta : recent - minDelta
  return compareValues(enough, old, direction) >= 0
}
