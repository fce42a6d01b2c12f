import { cssColor } from '../../theme.ts'

/** Returns the colour of the i-th metric in a chart. */
export function seriesColor(i: number): string {
  return cssColor(`--s${(i % 8) + 1}`)
}
