import { type ConditionResult, FALSE_RESULT, type LineWindow } from '@hotcb/metrics/judge'
import type { Json } from '@hotcb/protocol'
import type { Rule } from './types.ts'
import type { Watch } from './watch.ts'

/**
 * Evaluates the conditions in hotcb 2's guidelines with hotcb 2's formulas. If larger is better, the sign of the metric is reversed.
 */
export function conditionV1(rule: Rule, window: LineWindow): ConditionResult {
  if (rule.condition === 'v1:plateau') return plateauV1(rule, window)
  return rule.condition === 'v1:divergence' ? divergenceV1(rule, window) : FALSE_RESULT
}

/** Whether the last `window` values lie within `epsilon`. */
function plateauV1({ params }: Rule, window: LineWindow): ConditionResult {
  const size = numberOr(params['window'], 5)
  const epsilon = numberOr(params['epsilon'], 0.001)
  if (!window.isFinite || window.length < size) return FALSE_RESULT
  let least = Number.POSITIVE_INFINITY
  let most = Number.NEGATIVE_INFINITY
  for (let back = 0; back < size; back++) {
    const value = window.value(back)
    if (value < least) least = value
    if (value > most) most = value
  }
  if (!(most - least <= epsilon)) return FALSE_RESULT
  return { is: true, because: `the last ${size} values lie within ${short(most - least)}` }
}

/** Whether the last value is more than `threshold` above the value `window` values ago. */
function divergenceV1({ params }: Rule, window: LineWindow): ConditionResult {
  const size = numberOr(params['window'], 10)
  const threshold = numberOr(params['threshold'], 2)
  if (!window.isFinite || window.length < size) return FALSE_RESULT
  const rise = window.value(0) - window.value(size - 1)
  if (!(rise > threshold)) return FALSE_RESULT
  return { is: true, because: `worse by ${short(rise)} over the last ${size} values` }
}

/** Whether the ratio of the training metric to the validation metric is too low. Both are values at this step. */
export function overfittingV1({ params }: Rule, watch: Watch, step: number): ConditionResult {
  const train = valueAt(watch, step, [params['train_metric'] ?? 'train_loss', 'train/loss'])
  const validation = valueAt(watch, step, [params['val_metric'] ?? 'val_loss', 'val/loss'])
  const bound = numberOr(params['ratio_threshold'], 0.5)
  if (train === undefined || validation === undefined) return FALSE_RESULT
  const ratio = train / validation
  if (!(ratio < bound)) return FALSE_RESULT
  return { is: true, because: `${short(train)} over ${short(validation)} is ${short(ratio)}, below ${bound}` }
}

// hotcb 2 uses 0 for a missing value.
function valueAt(watch: Watch, step: number, names: readonly Json[]): number | undefined {
  for (const name of names) {
    const window = typeof name === 'string' ? watch.find(name) : undefined
    if (window === undefined || window.count === 0 || window.step() !== step) continue
    if (window.isFinite && window.value() !== 0) return window.sign * window.value()
  }
  return undefined
}

function numberOr(value: unknown, byDefault: number): number {
  return typeof value === 'number' ? value : byDefault
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)))
}
