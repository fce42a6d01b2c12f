import type { Pruner } from './pruner.ts'
import { indexReports } from './report-index.ts'
import { compareValues, type StudyDirection, type Trial } from './trial.ts'

/** Options for {@link ashaPruner}. */
export interface AshaPrunerOptions {
  /**
   * The step of the first rung. No trial is stopped earlier.
   *
   * @defaultValue 1
   */
  readonly minResource?: number
  /**
   * Each rung keeps the best 1 / reduction of the trials. Its step is `reduction` times that of the previous rung.
   *
   * @defaultValue 4, as in the paper
   */
  readonly reduction?: number
  /**
   * The number of rungs to skip at the beginning (s in the paper).
   *
   * @defaultValue 0
   */
  readonly skip?: number
}

/**
 * Asynchronous successive halving (Li et al. 2020, "A System for Massively Parallel Hyperparameter Tuning"), in its
 * stopping form: no trial waits.
 *
 * Rungs are at the steps minResource * reduction^(skip + k). A trial that reaches a rung continues if its value there is among the best 1 /
 * reduction of all trials that have reached it so far, or if fewer than `reduction` trials have. A trial whose value is NaN is stopped
 * immediately.
 *
 * @throws RangeError for an option that is out of bounds.
 */
export function ashaPruner(options: AshaPrunerOptions = {}): Pruner {
  const { minResource = 1, reduction = 4, skip = 0 } = options
  if (!(minResource > 0 && Number.isFinite(minResource))) {
    throw new RangeError(`\`minResource\` must be a finite number > 0, got ${minResource}`)
  }
  if (!(reduction > 1 && Number.isFinite(reduction))) {
    throw new RangeError(`\`reduction\` must be a finite number > 1, got ${reduction}`)
  }
  if (!Number.isSafeInteger(skip) || skip < 0) throw new RangeError(`\`skip\` must be a whole number >= 0, got ${skip}`)
  let first = minResource
  for (let i = 0; i < skip; i++) first *= reduction
  return {
    name: 'asha',
    shouldPrune: (trial, trials, direction) => {
      const last = trial.reports.at(-1)
      if (last === undefined) return false
      if (Number.isNaN(last.value)) return true
      for (let rung = first; rung <= last.step; rung *= reduction) {
        // Only the rung that this report reaches is decided here; earlier rungs have already been decided.
        if (atRung(trial, rung) === last && !isKept(last.value, rung, trial, trials, direction, reduction)) return true
      }
      return false
    },
  }
}

function isKept(
  value: number,
  rung: number,
  trial: Trial,
  trials: readonly Trial[],
  direction: StudyDirection,
  reduction: number,
): boolean {
  let count = 0
  let better = 0
  for (const other of trials) {
    const there = atRung(other, rung)
    if (there === undefined) continue
    count += 1
    if (other !== trial && compareValues(there.value, value, direction) < 0) better += 1
  }
  return better < Math.max(1, Math.floor(count / reduction)) || count < reduction
}

/** Returns a trial's first report at or after the rung. */
function atRung(trial: Trial, rung: number): Trial['reports'][number] | undefined {
  return indexReports(trial.reports).firstFrom(rung)
}
