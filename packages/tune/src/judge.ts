import { type LineWindow, noiseOf, theilSen } from '@hotcb/metrics/judge'

/** How values become comparable: null is the logarithm, a number divides by what was gained. */
export type Scale = number | null

/** Where the objective stood when a change was made, as the ledger keeps it. Rates are per point, on the scale. */
export interface Standing {
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

/** What a verdict needs of a recipe. */
export interface VerdictRule {
  readonly most: number
  readonly z: number
  readonly epsilon: number
}

const LEAST_NOISE = 0.01
/** With fewer than four values noise cannot be told from progress. */
const UNKNOWN_NOISE = 0.1
/** Progress slows by itself: what was falling falls a tenth slower each point. */
const SLOWING = 0.9

/** The scale of a course: logarithms where all values are positive, else shares of what was gained so far. */
export function scaleOf(window: LineWindow): Scale {
  if (window.isPositive) return null
  const gained = (window.head[0] ?? 0) - window.lowest
  return gained > 0 ? gained : 1
}

/** The kept values of a window on a scale. */
export function onScale(values: Float64Array, scale: Scale): Float64Array {
  return values.map((value) => (scale === null ? Math.log(Math.max(value, Number.MIN_VALUE)) : value / scale))
}

/** Where a course stood `back` values ago, by the nine values up to there. Undefined without values. */
export function standingOf(window: LineWindow, back = 0): Standing | undefined {
  if (window.length <= back) return undefined
  const scale = scaleOf(window)
  const u = onScale(window.tail(9, back), scale)
  const s = u.length < 4 ? UNKNOWN_NOISE : Math.max(LEAST_NOISE, noiseOf(u))
  return { scale, u0: u.at(-1) ?? 0, r0: -theilSen(u.subarray(-4)), s }
}

/**
 * Judges a change by the values that came after it.
 *
 * What it did is the fall per point, less the fall that was to be expected: the one before, slowed. It is clear when it is more
 * than `z` standard deviations of the noise; after `most` values what is not clearly better is rejected.
 *
 * @param after Values since the change, on the scale of `standing`, oldest first; at least one.
 */
export function judgeChange({ u0, r0, s }: Standing, after: Float64Array, rule: VerdictRule): Verdict {
  const n = after.length
  const last = after.at(-1) ?? u0
  const rate = (u0 - last) / n
  const score = rate - SLOWING ** n * r0
  const z = (score * Math.sqrt(n)) / s
  const isBad = last > u0 + Math.max(0.3, 4 * s)
  return { decision: decide(), score, z, n, isBad }

  function decide(): Verdict['decision'] {
    if (isBad) return 'rejected'
    if (z > rule.z && score > rule.epsilon) return 'accepted'
    return z < -rule.z || n >= rule.most ? 'rejected' : 'wait'
  }
}
