import { PLOT_FRAME, plotAxes, plotDot, plotPath, plotScale, plotShade, plotSvg } from 'hyperopt-ts/plot'
import { shares } from './figures.ts'

/** A population member in a figure. */
export interface FigureMember {
  readonly i: number
  /** The member's current step. */
  readonly step: number
  /** The member's objective value; null if unknown. */
  readonly value: number | null
}

/** A point at which one member continues from another member's checkpoint. */
export interface FigureExploit {
  readonly trial: number
  /** The step at which it abandoned its own state. */
  readonly step: number
  readonly from: number
  /** The step at which it continues. */
  readonly donorStep: number
}

/**
 * Draws a population's members over their steps, blue for the best. A line leads from the donor to the dot at which the
 * member continues.
 */
export function lineageFigure(
  members: readonly FigureMember[],
  exploits: readonly FigureExploit[],
  direction: 'min' | 'max',
): string {
  const ranks = shares(members, direction)
  const x = plotScale([0, ...members.map(({ step }) => step), ...exploits.flatMap((one) => [one.step, one.donorStep])])
  const height = Math.max(PLOT_FRAME.height, members.length * 16)
  const frame = { ...PLOT_FRAME, height }
  const laneOf = new Map(members.map(({ i }, at) => [i, 1 - (at + 0.5) / members.length]))
  const rows = {
    at: (i: unknown) => laneOf.get(Number(i)) ?? 0,
    ticks: members.map(({ i }) => ({ at: laneOf.get(i) ?? 0, label: `${i}` })),
  }
  const across = (step: number): number => frame.left + x.at(step) * frame.width
  const up = (i: number): number => frame.top + height * (1 - rows.at(i))
  const shown = exploits.filter(({ trial, from }) => laneOf.has(trial) && laneOf.has(from))
  return plotSvg(640, 420 - PLOT_FRAME.height + height, 'Lineage (blue: best; dot: continues from a checkpoint)', [
    plotAxes(frame, x, rows, 'step', 'trial'),
    ...members.map(({ i, step }) =>
      plotPath(
        [
          [across(0), up(i)],
          [across(step), up(i)],
        ],
        plotShade(ranks.get(i) ?? 1),
        3,
      ),
    ),
    ...shown.flatMap(({ trial, step, from, donorStep }) => [
      plotPath(
        [
          [across(step), up(trial)],
          [across(donorStep), up(trial)],
        ],
        '#ffffff',
        4,
      ),
      // The line is slanted, so that lines at the same step do not hide each other.
      plotPath(
        [
          [across(donorStep) - 8, up(from)],
          [across(donorStep), up(trial)],
        ],
        '#111827',
        1.2,
      ),
      plotDot(
        across(donorStep),
        up(trial),
        '#111827',
        `trial ${trial} at step ${step}: continues from trial ${from} at step ${donorStep}`,
        3.5,
      ),
    ]),
  ])
}
