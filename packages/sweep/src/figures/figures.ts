import {
  PLOT_FRAME,
  type PlotScale,
  plotAxes,
  plotBar,
  plotDot,
  plotNumber,
  plotPath,
  plotScale,
  plotShade,
  plotSvg,
  plotText,
} from 'hyperopt-ts/plot'
import type { ParameterImportance, SweepContour } from '../analysis/study.ts'

const WIDTH = 640
const HEIGHT = 420
const GREY = '#9ca3af'
const GOOD = '#17703f'
const BAD = '#b3261e'

/** One trial's curve in a figure. */
export interface FigureCurve {
  readonly i: number
  readonly steps: readonly number[]
  readonly values: readonly number[]
  /** The trial's objective value; null if unknown. */
  readonly value: number | null
}

/** Draws a metric's curves, blue for the best and yellow for the worst trials. */
export function curvesFigure(metric: string, curves: readonly FigureCurve[], direction: 'min' | 'max'): string {
  const ranks = shares(curves, direction)
  const x = plotScale(curves.flatMap(({ steps }) => steps))
  const shown = withoutExtremes(curves.flatMap(({ values }) => values))
  const y = plotScale(shown)
  const { left, top, width, height } = PLOT_FRAME
  const clamp = (share: number): number => Math.min(1, Math.max(0, share))
  const lines = [...curves].sort((a, b) => (ranks.get(b.i) ?? 1) - (ranks.get(a.i) ?? 1))
  return plotSvg(WIDTH, HEIGHT, `${metric} (blue: best)`, [
    plotAxes(PLOT_FRAME, x, y, 'step', metric),
    ...lines.map(({ i, steps, values }) => {
      const points = steps.map(
        (step, at) => [left + x.at(step) * width, top + height * (1 - clamp(y.at(values[at])))] as const,
      )
      return plotPath(points, plotShade(ranks.get(i) ?? 1), lines.length > 60 ? 0.8 : 1.4)
    }),
  ])
}

/** Leaves out extreme values, so that a diverging curve does not flatten the others. */
function withoutExtremes(values: readonly number[]): readonly number[] {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? 0
  return sorted.length === 0 ? [] : [at(0), at(0.98)]
}

/** Ranks values from 0 for the best to 1 for the worst. */
export function shares(
  trials: readonly { readonly i: number; readonly value: number | null }[],
  direction: 'min' | 'max',
): ReadonlyMap<number, number> {
  const sign = direction === 'max' ? -1 : 1
  const ranked = trials.filter(({ value }) => value !== null).sort((a, b) => sign * (Number(a.value) - Number(b.value)))
  return new Map(ranked.map(({ i }, at) => [i, at / Math.max(1, ranked.length - 1)]))
}

/** One axis of a parallel-coordinates plot, with each trial's value. */
export interface FigureAxis {
  readonly name: string
  readonly isLog: boolean
  /** In trial order; undefined if a trial has no value. */
  readonly values: readonly unknown[]
}

/** Draws trials as lines across one axis per parameter and one for the metric, blue for the best. */
export function parallelFigure(
  axes: readonly FigureAxis[],
  trials: readonly { readonly i: number; readonly value: number | null }[],
  direction: 'min' | 'max',
): string {
  const width = Math.max(WIDTH, 120 + 110 * axes.length)
  const [left, top, height] = [60, 50, 290]
  const scales = axes.map(({ values, isLog }) =>
    plotScale(
      values.filter((one) => one !== undefined),
      isLog,
    ),
  )
  const x = (at: number): number => left + (axes.length > 1 ? (at * (width - 2 * left - 40)) / (axes.length - 1) : 0)
  const y = (share: number): number => top + height * (1 - share)
  const ranks = shares(trials, direction)
  const order = trials.map((_, at) => at).sort((a, b) => rankAt(b) - rankAt(a))
  function rankAt(at: number): number {
    return ranks.get(trials[at]?.i ?? -1) ?? 1
  }
  return plotSvg(width, HEIGHT, 'Parallel coordinates (blue: best)', [
    ...order.map((at) => {
      const points = axes.flatMap(({ values }, k) => {
        const value = values[at]
        return value === undefined ? [] : [[x(k), y(scales[k]?.at(value) ?? 0.5)] as const]
      })
      return plotPath(points, plotShade(rankAt(at)), trials.length > 100 ? 0.6 : 1.2)
    }),
    ...axes.map(({ name }, k) => axisPart(name, scales[k], x(k), { top, height })),
  ])
}

function axisPart(
  name: string,
  scale: PlotScale | undefined,
  x: number,
  { top, height }: { readonly top: number; readonly height: number },
): string {
  const ticks = (scale?.ticks ?? []).map(({ at, label }) =>
    plotText(
      x + 4,
      top + height * (1 - at) + 4,
      label,
      'start',
      ' paint-order="stroke" stroke="#fff" stroke-width="3"',
    ),
  )
  const line = plotPath(
    [
      [x, top],
      [x, top + height],
    ],
    GREY,
  )
  return `${line}${plotText(x, top + height + 22, name, 'middle')}${ticks.join('')}`
}

/** Draws the importance of each parameter as a bar. */
export function importanceFigure(importance: readonly ParameterImportance[]): string {
  const most = Math.max(1e-12, ...importance.map(({ share }) => share))
  return plotSvg(WIDTH, 60 + 26 * importance.length, 'Parameter importance', [
    ...importance.map(({ name, share }, at) => {
      const y = 34 + 26 * at
      const label = `${(100 * share).toFixed(1)} %`
      const length = (340 * share) / most
      return `${plotText(200, y + 13, name, 'end')}${plotBar(210, y, length, 18, '#2563eb', label)}${plotText(220 + length, y + 13, label)}`
    }),
  ])
}

/** Draws the metric over two parameters, blue for the best values, and the trials as dots. */
export function contourFigure({ x, y, grid, points }: SweepContour, metric: string, direction: 'min' | 'max'): string {
  const { left, top, width, height } = PLOT_FRAME
  const [w, h] = [width / Math.max(1, x.places.length), height / Math.max(1, y.places.length)]
  const value = plotScale(grid.flat())
  const place = (places: readonly unknown[], isLog: boolean, one: unknown): number => {
    const exact = places.indexOf(one)
    const share = exact >= 0 ? exact : plotScale(places, isLog).at(one) * (places.length - 1)
    return share + 0.5
  }
  const cells = grid.flatMap((row, j) =>
    row.map((estimate, i) => {
      const share = value.at(estimate)
      const color = plotShade(direction === 'max' ? 1 - share : share)
      return plotBar(left + i * w, top + height - (j + 1) * h, w + 0.6, h + 0.6, color, plotNumber(estimate))
    }),
  )
  return plotSvg(WIDTH, HEIGHT, `${metric} over ${x.name} and ${y.name} (blue: best)`, [
    plotAxes(PLOT_FRAME, placesScale(x.places), placesScale(y.places), x.name, y.name),
    ...cells,
    ...points.map((point) =>
      plotDot(
        left + place(x.places, x.isLog, point.x) * w,
        top + height - place(y.places, y.isLog, point.y) * h,
        '#111',
        `trial ${point.i}: ${plotNumber(point.value)}`,
        2.5,
      ),
    ),
  ])
}

/** Returns the axis of a grid. The axis labels every position if there are few, otherwise five positions. */
function placesScale(places: readonly unknown[]): PlotScale {
  const every = Math.max(1, Math.ceil(places.length / 6))
  const at = (index: number): number => (index + 0.5) / places.length
  const ticks = places.flatMap((one, index) => (index % every === 0 ? [{ at: at(index), label: plotNumber(one) }] : []))
  return { at: (one) => at(places.indexOf(one)), ticks }
}

/** A trial that was judged at a rung. */
export interface JudgedTrial {
  readonly i: number
  readonly step: number
  readonly value: number | null
  readonly isGivenUp: boolean
}

/** Draws the rungs of early stopping: each trial at its value, green if it continued, red if it was pruned. */
export function rungsFigure(metric: string, judged: readonly JudgedTrial[]): string {
  const steps = [...new Set(judged.map(({ step }) => step))].sort((a, b) => a - b)
  const y = plotScale(judged.flatMap(({ value }) => value ?? []))
  const { left, top, width, height } = PLOT_FRAME
  const lane = width / Math.max(1, steps.length)
  const ticks = steps.map((step, at) => ({ at: (at + 0.5) / steps.length, label: rungText(step, judged) }))
  return plotSvg(WIDTH, HEIGHT, 'Rungs (green: continued, red: pruned)', [
    plotAxes(PLOT_FRAME, { at: () => 0, ticks }, y, 'step', metric),
    ...judged.flatMap(({ i, step, value, isGivenUp }) => {
      if (value === null) return []
      const spread = (((i * 0.618_034) % 1) - 0.5) * lane * 0.7
      const x = left + (steps.indexOf(step) + 0.5) * lane + spread
      const tip = `trial ${i} at step ${step}: ${plotNumber(value)}`
      return [plotDot(x, top + height * (1 - y.at(value)), isGivenUp ? BAD : GOOD, tip, 3.5)]
    }),
  ])
}

function rungText(step: number, judged: readonly JudgedTrial[]): string {
  const here = judged.filter((one) => one.step === step)
  return `${step}: ${here.filter(({ isGivenUp }) => !isGivenUp).length} of ${here.length}`
}
