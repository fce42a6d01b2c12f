import { lineNoise } from '../level.ts'
import type { LineWindow } from '../line-window.ts'
import { median } from '../noise.ts'
import { type ConditionResult, FALSE_RESULT, reported } from './condition-result.ts'

/** The number of values that are judged. */
const WINDOW = 50
const FROM = 60
const UNTIL = 120
const EVERY = 10
const NOISE = 6

/**
 * True if the first steps made a loss jump to twice its first value, and the loss has since recovered without falling to half of that
 * value. It is checked while the line has 60 to 120 values, which must all be positive.
 *
 * Adam limits the size of each update to about the learning rate. A rate that is far too high therefore does not cause divergence: its
 * first steps destroy the weights, and the loss then falls slowly to a poor level. After these steps, nothing in the curve looks wrong.
 *
 * @param factor The factor by which two of the first five values must exceed the first value and the current level.
 */
export function jump(window: LineWindow, factor: number): ConditionResult {
  const { count, head } = window
  if (count < FROM || count > UNTIL || count % EVERY !== 0 || !window.isPositive) return FALSE_RESULT
  const first = head[0] ?? Number.NaN
  const peak = [...head].sort((a, b) => b - a)[1] ?? Number.NaN
  if (!(peak > factor * first)) return FALSE_RESULT
  const now = median(window.tail(WINDOW))
  if (!(now > first / 2 && peak > factor * now && peak - now > NOISE * lineNoise(window))) return FALSE_RESULT
  const because = `level ${reported(window, now)}; the first steps raised it from ${reported(window, first)} to ${reported(window, peak)}`
  return { is: true, because, onset: window.step(window.length - 1) }
}
