import { compareValues, type StudyDirection, type Trial, violation } from './trial.ts'

/** The fields of a study that {@link paretoFront} reads. A `Study` has them. */
export interface ManyObjectives<P> {
  readonly directions: readonly StudyDirection[]
  readonly trials: readonly Trial<P>[]
}

/** Returns the values of a complete trial, one for each objective; undefined for other trials. */
export function valuesOf(trial: Trial<unknown>): readonly number[] | undefined {
  if (trial.state !== 'complete' || trial.misfit !== undefined) return undefined
  return trial.values ?? (trial.value === undefined ? undefined : [trial.value])
}

/** True if `a` is not worse than `b` in any objective and better in at least one. */
export function dominates(a: readonly number[], b: readonly number[], directions: readonly StudyDirection[]): boolean {
  let better = false
  for (const [i, direction] of directions.entries()) {
    const order = compareValues(a[i] ?? Number.NaN, b[i] ?? Number.NaN, direction)
    if (order > 0) return false
    if (order < 0) better = true
  }
  return better
}

/**
 * Returns the complete trials that no other trial dominates, in number order. Trials that violate a constraint are left out. With one
 * objective, these are all trials that share the best value.
 */
export function paretoFront<P>(study: ManyObjectives<P>): Trial<P>[] {
  const { directions } = study
  const front: { trial: Trial<P>; values: readonly number[] }[] = []
  for (const trial of study.trials) {
    const values = valuesOf(trial)
    if (values === undefined || violation(trial) > 0) continue
    if (front.some((other) => dominates(other.values, values, directions))) continue
    // Trials that the new trial dominates are no longer on the front.
    const kept = front.filter((other) => !dominates(values, other.values, directions))
    front.splice(0, front.length, ...kept, { trial, values })
  }
  return front.map(({ trial }) => trial)
}
