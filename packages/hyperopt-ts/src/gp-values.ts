import { ln } from './elementary.ts'
import { type StudyDirection, type Trial, violation } from './trial.ts'

/**
 * Returns values for a model to learn from: smaller is better, the mean is about 0 and the spread about 1. Undefined if no
 * trial has a finite value, or if all are equal.
 *
 * Trials that failed or have no finite value count as the worst one, pruned trials count as no better than the median, and trials that
 * violate a constraint come after all others. Beyond the median, the logarithm of the distance is used: the exact size of a bad value
 * contains little information about the good ones, and would hide the differences between them.
 */
export function modelValues(trials: readonly Trial[], direction: StudyDirection): Float64Array | undefined {
  const sign = direction === 'minimize' ? 1 : -1
  const raw = trials.map((trial) => (violation(trial) > 0 ? Number.NaN : sign * (trial.value ?? Number.NaN)))
  const finite = raw.filter(Number.isFinite).sort((a, b) => a - b)
  const [first] = finite
  const last = finite.at(-1)
  if (first === undefined || last === undefined) return undefined
  const middle = finite[finite.length >> 1] ?? first
  const spread = spreadOf(finite, middle)
  const bend = (value: number): number => {
    const z = (value - middle) / spread
    return z > 0 ? ln(1 + z) : z
  }
  const worst = bend(last)
  const values = Float64Array.from(trials, (trial, i) => {
    const value = raw[i] ?? Number.NaN
    if (Number.isFinite(value)) return bend(value)
    if (value === -Infinity) return bend(first)
    const broken = trial.state === 'complete' ? violation(trial) : 0
    if (broken > 0) return worst + 0.5 + Math.min(1, broken / (1 + broken))
    const reported = sign * (trial.reports.at(-1)?.value ?? Number.NaN)
    return trial.state === 'pruned' && Number.isFinite(reported) ? Math.min(worst, Math.max(0, bend(reported))) : worst
  })
  return standardized(values)
}

/** Half of the interquartile range of the sorted values; their full range if that is 0. */
function spreadOf(sorted: readonly number[], middle: number): number {
  const least = sorted[0] ?? middle
  const quarter = sorted[sorted.length >> 2] ?? middle
  const most = sorted.at(-1) ?? middle
  return middle - quarter || middle - least || most - middle || 1
}

function standardized(values: Float64Array): Float64Array | undefined {
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / values.length
  if (!(variance > 0 && Number.isFinite(variance))) return undefined
  const deviation = Math.sqrt(variance)
  return values.map((value) => (value - mean) / deviation)
}
