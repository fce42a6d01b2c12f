import { createLineWindow, type Direction, LEVEL_VALUES, levelOf, lineNoise, trendOf } from '@hotcb/metrics/judge'
import { formatNumber } from './describe.ts'
import type { WireSeriesPoints } from './wire.ts'

/** A summary of a metric's history up to a step, with the numbers that conditions use. Values are in the metric's units. */
export interface Evidence {
  /** Median of the last five values. */
  readonly level: number
  /** The step of the first of those five values. */
  readonly levelStep: number
  /** The best level so far, and the step at which it began. */
  readonly best: number
  readonly bestStep: number
  /** Standard deviation of the noise. */
  readonly noise: number
  /**
   * The z score of the Mann-Kendall trend test over the last values: below -2 they are falling, above 2 they are rising. Null if
   * there are too few.
   */
  readonly z: number | null
  /** How many values the trend covers. */
  readonly count: number
}

const TREND_VALUES = 16
const KEPT = 200

/** Computes the evidence at a step from the points up to it; undefined if there are fewer than ten. */
export function evidenceOf(
  { steps, values }: Pick<WireSeriesPoints, 'steps' | 'values'>,
  step: number,
  direction: Direction | undefined,
): Evidence | undefined {
  const sign = direction === 'max' ? -1 : 1
  const window = createLineWindow({ sign, keep: KEPT })
  for (const [i, at] of steps.entries()) {
    const value = values[i]
    if (at <= step && typeof value === 'number') window.push(at, value)
  }
  const level = levelOf(window)
  if (level === undefined) return undefined
  const count = Math.min(TREND_VALUES, window.length)
  // The trend describes the reported values, so the sign change is undone.
  const trend = trendOf([...window.tail(count)].map((value) => sign * value))
  return {
    level: sign * level.last,
    levelStep: window.step(LEVEL_VALUES - 1),
    best: sign * level.least,
    bestStep: level.leastStep,
    noise: lineNoise(window),
    z: trend?.z ?? null,
    count,
  }
}

/** Formats evidence as one line: `level 2.31, best 0.42 from step 300, noise 0.03, rising over the last 16 values (z 3.1)`. */
export function evidenceText({ level, best, bestStep, noise, z, count }: Evidence): string {
  const trend = z === null ? '' : `, ${trendWord(z)} over the last ${count} values (z ${formatNumber(z, 2)})`
  return `level ${formatNumber(level)}, best ${formatNumber(best)} from step ${bestStep}, noise ${formatNumber(noise, 2)}${trend}`
}

function trendWord(z: number): string {
  if (z > 2) return 'rising'
  return z < -2 ? 'falling' : 'no clear trend'
}
