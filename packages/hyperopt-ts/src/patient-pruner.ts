import type { Pruner } from './pruner.ts'
import { compareValues, type Report, type StudyDirection } from './trial.ts'

/** Options for {@link patientPruner}. */
export interface PatientPrunerOptions {
  /** The number of reports that may pass without a better value. */
  readonly patience: number
  /**
   * The amount by which a value must be better to count as an improvement.
   *
   * @defaultValue 0
   */
  readonly minDelta?: number
}

/**
 * Stops a trial that has not improved for `patience` reports. If another pruner is given, it must agree to stop the trial. A trial whose
 * last value is NaN is stopped if the other pruner stops it, or immediately if there is no other pruner.
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

/** True if the last `patience` + 1 reports contain no improvement over all earlier ones. */
function hasStood(reports: readonly Report[], patience: number, minDelta: number, direction: StudyDirection): boolean {
  const before = reports.length - patience - 1
  if (before < 1) return false
  const best = (part: readonly Report[]): number =>
    part.reduce((most, { value }) => (compareValues(value, most, direction) < 0 ? value : most), Number.NaN)
  const [old, recent] = [best(reports.slice(0, before)), best(reports.slice(before))]
  const enough = direction === 'minimize' ? recent + minDelta : recent - minDelta
  return compareValues(enough, old, direction) >= 0
}
