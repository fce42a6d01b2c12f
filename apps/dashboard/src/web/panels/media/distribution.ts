import type { LayerQuantiles } from '../../../shared/media.ts'
import type { Line } from '../../compare/lines.ts'

/**
 * Returns the lines of a distribution: the median, the quantiles next to it, and the extremes, with bands between them. The bands
 * overlap, so the middle is the darkest.
 */
export function linesOfQuantiles({ steps, quantiles }: LayerQuantiles, color: string): readonly Line[] {
  const column = (at: number): (number | null)[] => quantiles.map((row) => row?.[at] ?? null)
  const line = (label: string, ys: (number | null)[], band?: readonly [number, number]): Line => ({
    id: label,
    label,
    color,
    xs: steps,
    ys,
    isComplete: true,
    ...(band !== undefined && { lows: column(band[0]), highs: column(band[1]) }),
  })
  return [
    line('least', column(0), [0, 6]),
    line('5 %', column(1), [1, 5]),
    line('25 %', column(2), [2, 4]),
    line('median', column(3)),
    line('75 %', column(4)),
    line('95 %', column(5)),
    line('greatest', column(6)),
  ]
}
