import { type LineWindow, noiseOf, theilSen } from '@hotcb/metrics/judge'
import type { TwinEffect } from './story.ts'

/** How values become comparable: null is the logarithm, a number divides by what was gained. */
export type Scale = number | null

/** State of the objective before a change, as kept in the ledger. Rates are per point, on the scale. */
export interface Baseline {
  readonly scale: Scale
  /** The last value. */
  readonly u0: number
  /** How fast it was falling. */
  readonly r0: number
  /** The noise. */
  readonly s: number
}

/** The verdict on a change; `wait` while nothing is clear. */
export interface Verdict {
  readonly decision: 'accepted' | 'rejected' | 'wait'
  /** How much faster the objective falls than before, per point. */
  readonly score: number
  /** The score in standard deviations of the noise. */
  readonly z: number
  /** Points since the change. */
  readonly n: number
  /** It rose beyond all noise. */
  readonly isBad: boolean
}

/** The fields of a recipe that a verdict needs. */
export interface VerdictRule {
  readonly most: number
  readonly z: number
  readonly epsilon: number
  /**
   * The change raises a learning rate: it is kept where the objective still falls.
   *
   * @defaultValue false
   */
  readonly isRaise?: boolean
}

const LEAST_NOISE = 0.01
/** With fewer than four values noise cannot be distinguished from progress. */
const UNKNOWN_NOISE = 0.1
/** A rise by `MOST_RISE` is bad whatever the noise; a rise below `LEAST_RISE` never is. */
const MOST_RISE = 0.6
const LEAST_RISE = 0.3
/** Progress slows down by itself: the fall is expected to shrink by a tenth per point. */
const SLOWING = 0.9

/** The scale of a course: logarithms where all values are positive, otherwise shares of what was gained so far. */
export function scaleOf(window: LineWindow): Scale {
  if (window.isPositive) return null
  const gained = (window.head[0] ?? 0) - window.lowest
  return gained > 0 ? gained : 1
}

/** The kept values of a window on a scale. */
export function onScale(values: Float64Array, scale: Scale): Float64Array {
  return values.map((value) => (scale === null ? Math.log(Math.max(value, Number.MIN_VALUE)) : value / scale))
}

/** State of a course `back` values ago, computed from the nine values up to there. Undefined without values. */
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
 * The score is the fall per point, less the expected fall: the previous one, slowed down. It is clear when it exceeds `z` standard
 * deviations of the noise. After `most` values a change that is not clearly better is rejected.
 *
 * A higher learning rate is noisier at first and pays only later, so a short observation is biased against it. A raise is therefore rejected
 * only if it is bad, or if the objective no longer falls after `most` values.
 *
 * @param after Values since the change, on the scale of `baseline`, oldest first; at least one.
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

/** Judges a change against the same steps without it: what those steps gained replaces the fall that was to be expected. */
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
