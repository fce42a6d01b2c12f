import { type LineWindow, noiseOf, theilSen } from '@hotcb/metrics/judge'
import type { TwinEffect } from './story.ts'

/** The scale on which values are compared. Null: logarithmic. A number: values are divided by this gain. */
export type Scale = number | null

/** The state of the objective before a change, as recorded in the ledger. Rates are per point, on the scale. */
export interface Baseline {
  readonly scale: Scale
  /** The last value. */
  readonly u0: number
  /** The rate at which it was falling. */
  readonly r0: number
  /** The noise level. */
  readonly s: number
}

/** The verdict on a change; `wait` while its effect is unclear. */
export interface Verdict {
  readonly decision: 'accepted' | 'rejected' | 'wait'
  /** How much faster the objective falls per point than before. */
  readonly score: number
  /** The score in standard deviations of the noise. */
  readonly z: number
  /** The number of points since the change. */
  readonly n: number
  /** Whether it rose far more than the noise. */
  readonly isBad: boolean
}

/** The recipe fields that a verdict needs. */
export interface VerdictRule {
  readonly most: number
  readonly z: number
  readonly epsilon: number
  /**
   * Whether the change raises a learning rate. Such a change is kept if the objective still falls.
   *
   * @defaultValue false
   */
  readonly isRaise?: boolean
}

const LEAST_NOISE = 0.01
/** The noise assumed with fewer than four values, which are not enough to distinguish noise from progress. */
const UNKNOWN_NOISE = 0.1
/** A rise by `MOST_RISE` is bad regardless of the noise; a rise below `LEAST_RISE` never is. */
const MOST_RISE = 0.6
const LEAST_RISE = 0.3
/** Progress naturally slows down: the fall is expected to shrink by a tenth per point. */
const SLOWING = 0.9

/** Returns the scale on which a curve is judged: logarithmic if all values are positive, otherwise relative to the gain so far. */
export function scaleOf(window: LineWindow): Scale {
  if (window.isPositive) return null
  const gained = (window.head[0] ?? 0) - window.lowest
  return gained > 0 ? gained : 1
}

/** Converts a window's values to a scale. */
export function onScale(values: Float64Array, scale: Scale): Float64Array {
  return values.map((value) => (scale === null ? Math.log(Math.max(value, Number.MIN_VALUE)) : value / scale))
}

/**
 * Returns a curve's state `back` values ago, computed from the last nine values at that point. Undefined without values.
 */
export function baselineOf(window: LineWindow, back = 0): Baseline | undefined {
  if (window.length <= back) return undefined
  const scale = scaleOf(window)
  const u = onScale(window.tail(9, back), scale)
  const s = u.length < 4 ? UNKNOWN_NOISE : Math.max(LEAST_NOISE, noiseOf(u))
  return { scale, u0: u.at(-1) ?? 0, r0: -theilSen(u.subarray(-4)), s }
}

/**
 * Judges a change by the values that came after it.
 *
 * The score is the fall per point minus the expected fall, which is the previous fall with a slowdown applied. The effect is clear if
 * the score exceeds `z` standard deviations of the noise. After `most` values, a change that is not clearly better is rejected.
 *
 * A higher learning rate is noisier at first and pays off only later, so a short observation is biased against it. A raise is therefore
 * rejected only if it is bad, or if the objective is no longer falling after `most` values.
 *
 * @param after The values since the change, on the scale of `baseline`, oldest first. There must be at least one.
 */
export function judgeChange({ u0, r0, s }: Baseline, after: Float64Array, rule: VerdictRule): Verdict {
  const n = after.length
  const last = after.at(-1) ?? u0
  const rate = (u0 - last) / n
  const isBad = last > u0 + Math.max(LEAST_RISE, Math.min(MOST_RISE, 4 * s))
  const verdict = verdictOn(rate - SLOWING ** n * r0, n, s, rule)
  if (isBad) return { ...verdict, decision: 'rejected', isBad }
  return rule.isRaise === true && verdict.decision !== 'accepted' ? { ...verdict, decision: raised() } : verdict

  function raised(): Verdict['decision'] {
    if (n < rule.most) return 'wait'
    return rate > rule.epsilon ? 'accepted' : 'rejected'
  }
}

/** Judges a change against the same steps without it: the gain of those steps replaces the expected fall. */
export function judgeTwin({ s }: Baseline, { difference, pairs }: TwinEffect, rule: VerdictRule): Verdict {
  return verdictOn(-difference / pairs, pairs, s, rule)
}

function verdictOn(score: number, n: number, s: number, rule: VerdictRule): Verdict {
  const z = (score * Math.sqrt(n)) / s
  return { decision: decide(), score, z, n, isBad: false }

  function decide(): Verdict['decision'] {
    if (z > rule.z && score > rule.epsilon) return 'accepted'
    return z < -rule.z || n >= rule.most ? 'rejected' : 'wait'
  }
}
