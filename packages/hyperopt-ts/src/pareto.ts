import { compareValues, type StudyDirection, type Trial, violation } from './trial.ts'

/** What {@link paretoFront} reads of a study; a `Study` is one. */
export interface ManyObjectives<P> {
  readonly directions: readonly StudyDirection[]
  readonly trials: readonly Trial<P>[]
}

/** The values of a complete trial, one for each objective; undefined for other trials. */
export function valuesOf(trial: Trial<unknown>): readonly number[] | undefined {
  if (trial.state !== 'complete' || trial.misfit !== undefined) return undefined
  return trial.values ?? (trial.value === undefined ? undefined : [trial.value])
}

/** True when `a` is nowhere worse than `b` and somewhere better. */
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
 * The complete trials that no other one beats in every objective, in the order of their numbers; those that break a
 * constraint are left out. With one objective, all trials that share the best value.
 */
export function paretoFront<P>(study: ManyObjectives<P>): Trial<P>[] {
  const { directions } = study
  const front: { trial: Trial<P>; values: readonly number[] }[] = []
  for (const trial of study.trials) {
    const values = valuesOf(trial)
    if (values === undefined || violation(trial) > 0) continue
    if (front.some((other) => dominates(other.values, values, directions))) continue
    // Trials that the new trial dominates are behind it from now on.
    const kept = front.filter((other) => !dominates(values, other.values, directions))
    front.splice(0, front.length, ...kept, { trial, values })
  }
  return front.map(({ trial }) => trial)
}
