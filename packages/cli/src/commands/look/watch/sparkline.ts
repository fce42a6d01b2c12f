import { normalise } from '@hotcb/metrics/judge'

/**
 * Renders numbers as a row of bars, at most `width` wide. Each bar shows the mean of an equal part of the numbers; the smallest mean gets
 * the lowest bar. Gaps (null) are blank.
 */
export function sparkline(values: readonly (number | null)[], width: number, unicode = true): string {
  const bars = unicode ? UNICODE_BARS : PLAIN_BARS
  return normalise(shrink(values, width))
    .map((height) =>
      height === null ? ' ' : (bars[Math.min(bars.length - 1, Math.floor(height * bars.length))] ?? ' '),
    )
    .join('')
}

const UNICODE_BARS: readonly string[] = [...'▁▂▃▄▅▆▇█']
const PLAIN_BARS: readonly string[] = [...'_.-~=+*#']

/** Returns at most `width` means of equal parts, in order. */
export function shrink(values: readonly (number | null)[], width: number): readonly (number | null)[] {
  if (values.length <= width) return values
  return Array.from({ length: Math.max(0, width) }, (_, i) => {
    const share = values.slice(Math.floor((i * values.length) / width), Math.floor(((i + 1) * values.length) / width))
    const known = share.filter((value) => value !== null)
    const [first] = known
    if (first === undefined) return null
    // The sum is relative to the first number, so that the mean of equal numbers is exactly that number.
    return first + known.reduce((sum, value) => sum + (value - first), 0) / known.length
  })
}
