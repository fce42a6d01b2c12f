import { cssColor } from '../../theme.ts'

/** Colour of the i-th metric of a chart. */
export function seriesColor(i: number): string {
  return cssColor(`--s${(i % 8) + 1}`)
}
