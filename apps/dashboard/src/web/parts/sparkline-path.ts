import type { Sparkline } from '../../shared/wire.ts'

/** Returns the path of a sparkline in a box of 120 by 28; empty if there are fewer than two finite values. */
export function pathOf({ steps, values }: Sparkline): string {
  const finite = values.filter((value) => value !== null)
  if (finite.length < 2) return ''
  const least = Math.min(...finite)
  // Each value is halved first, because the difference of two doubles may overflow.
  const halfSpan = Math.max(...finite) / 2 - least / 2 || 1
  const first = steps[0] ?? 0
  const width = (steps.at(-1) ?? 1) - first || 1
  let path = ''
  let isOpen = false
  for (const [i, step] of steps.entries()) {
    const value = values[i]
    if (value === null || value === undefined) {
      isOpen = false
      continue
    }
    const x = ((step - first) / width) * 120
    const y = 26 - ((value / 2 - least / 2) / halfSpan) * 24
    path += `${isOpen ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`
    isOpen = true
  }
  return path
}
