import type { Axis } from '../axis.ts'
import type { Dimension } from '../dimension.ts'
import { type Importance, importance, type Studied } from '../importance.ts'
import { createLayout } from '../layout.ts'
import { type ManyObjectives, paretoFront, valuesOf } from '../pareto.ts'
import { contour, history, parallelCoordinates, slice } from '../plot-data.ts'
import { compareValues, type Trial } from '../trial.ts'
import {
  BLUE,
  GREY,
  PLOT_FRAME,
  type PlotFrame,
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
  RED,
} from './svg.ts'

const WIDTH = 640
const HEIGHT = 420

/** Draws the values against the trial numbers, and the best value so far. */
export function plotHistory(study: Studied): string {
  const points = history(study).filter(({ value }) => Number.isFinite(value))
  const x = plotScale(points.map(({ number }) => number))
  const y = plotScale(points.map(({ value }) => value))
  const place = placer(PLOT_FRAME, x, y)
  const best = points
    .filter((point) => Number.isFinite(point.best))
    .map(({ number, best: value }) => place(number, value))
  return plotSvg(WIDTH, HEIGHT, 'Optimization history', [
    plotAxes(PLOT_FRAME, x, y, 'trial', 'value'),
    ...points.map(({ number, value }) =>
      plotDot(...place(number, value), BLUE, `trial ${number}: ${plotNumber(value)}`),
    ),
    plotPath(steps(best), RED),
  ])
}

/** Returns a step curve through the points: each value is held until the next point. */
function steps(points: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  return points.flatMap(([x, y], i) =>
    i === 0 ? [[x, y] as const] : [[x, points[i - 1]?.[1] ?? y] as const, [x, y] as const],
  )
}

/**
 * Draws the values against one parameter.
 *
 * @throws RangeError if the space has no parameter at `at`.
 */
export function plotSlice(study: Studied, at: string): string {
  const points = slice(study, at).filter(({ value }) => Number.isFinite(value))
  const x = plotScale(
    points.map((point) => point.x),
    isLog(study, at),
  )
  const y = plotScale(points.map(({ value }) => value))
  const place = placer(PLOT_FRAME, x, y)
  const last = Math.max(1, ...points.map(({ number }) => number))
  return plotSvg(WIDTH, HEIGHT, `Values over ${at} (blue: late trials)`, [
    plotAxes(PLOT_FRAME, x, y, at, 'value'),
    ...points.map((point) =>
      plotDot(
        ...place(point.x, point.value),
        plotShade(1 - point.number / last),
        `trial ${point.number}: ${plotNumber(point.x)}, ${plotNumber(point.value)}`,
      ),
    ),
  ])
}

/**
 * Draws the values against two parameters, interpolated between the trials.
 *
 * @throws RangeError if the space has no parameter at one of the paths.
 */
export function plotContour(study: Studied, xPath: string, yPath: string): string {
  const { xs, ys, grid, points } = contour(study, xPath, yPath)
  const x = plotScale([...xs, ...points.map((point) => point.x)], isLog(study, xPath))
  const y = plotScale([...ys, ...points.map((point) => point.y)], isLog(study, yPath))
  const value = plotScale(grid.flat())
  const place = placer(PLOT_FRAME, x, y)
  const [w, h] = [PLOT_FRAME.width / Math.max(1, xs.length), PLOT_FRAME.height / Math.max(1, ys.length)]
  const cells = grid.flatMap((row, j) =>
    row.flatMap((estimate, i) => {
      const [left, top] = [PLOT_FRAME.left + i * w, PLOT_FRAME.top + PLOT_FRAME.height - (j + 1) * h]
      // The rectangle is slightly larger than the cell, because browsers leave gaps between adjacent edges.
      return Number.isFinite(estimate)
        ? [plotBar(left, top, w + 0.6, h + 0.6, plotShade(value.at(estimate)), plotNumber(estimate))]
        : []
    }),
  )
  return plotSvg(WIDTH, HEIGHT, `Values over ${xPath} and ${yPath} (blue: low)`, [
    ...cells,
    plotAxes(PLOT_FRAME, x, y, xPath, yPath),
    ...points.map((point) =>
      plotDot(...place(point.x, point.y), '#111', `trial ${point.number}: ${plotNumber(point.value)}`, 3),
    ),
  ])
}

/**
 * Draws the trials against two parameters, coloured by their rank.
 *
 * @throws RangeError if the space has no parameter at one of the paths.
 */
export function plotRank(study: Studied, xPath: string, yPath: string): string {
  const { points } = contour(study, xPath, yPath, { resolution: 2 })
  const x = plotScale(
    points.map((point) => point.x),
    isLog(study, xPath),
  )
  const y = plotScale(
    points.map((point) => point.y),
    isLog(study, yPath),
  )
  const place = placer(PLOT_FRAME, x, y)
  const ranked = [...points].sort((a, b) => compareValues(a.value, b.value, study.direction))
  return plotSvg(WIDTH, HEIGHT, `Ranks over ${xPath} and ${yPath} (blue: best)`, [
    plotAxes(PLOT_FRAME, x, y, xPath, yPath),
    ...ranked.map((point, rank) =>
      plotDot(
        ...place(point.x, point.y),
        plotShade(rank / Math.max(1, ranked.length - 1)),
        `trial ${point.number}: rank ${rank + 1}, ${plotNumber(point.value)}`,
      ),
    ),
  ])
}

/** Draws the trials as lines across one axis per parameter, coloured by value. */
export function plotParallelCoordinate(study: Studied): string {
  const { axes: all, lines } = parallelCoordinates(study)
  const value = plotScale(lines.map((line) => line.value))
  const width = Math.max(WIDTH, 100 + 110 * all.length)
  const [left, top, height] = [60, 50, 290]
  const x = (i: number): number => left + (all.length > 1 ? (i * (width - 2 * left)) / (all.length - 1) : 0)
  const dimensions = new Map(createLayout(study.space).axes.map((axis) => [axis.path, axis.dimension]))
  const ordered = [...lines].sort((a, b) => compareValues(b.value, a.value, study.direction))
  return plotSvg(width, HEIGHT, 'Parallel coordinates (blue: low values)', [
    ...ordered.map((line) => {
      const points = line.heights.flatMap((at, i) =>
        at === undefined ? [] : [[x(i), top + height * (1 - at)] as const],
      )
      return plotPath(points, plotShade(value.at(line.value)), 1)
    }),
    ...all.map(({ path: name, values }, i) => {
      const ends = values ?? endsOf(dimensions.get(name))
      const labels = ends.slice(0, 12).map((one, k, some) => {
        const share = some.length > 1 ? k / (some.length - 1) : 0.5
        return plotText(x(i) + 4, top + height * (1 - share) + 4, plotNumber(one), 'start', HALO)
      })
      return `${plotPath(
        [
          [x(i), top],
          [x(i), top + height],
        ],
        GREY,
      )}${plotText(x(i), top + height + 22, name, 'middle')}${labels.join('')}`
    }),
  ])
}

// Keeps a label readable on top of lines.
const HALO = ' paint-order="stroke" stroke="#fff" stroke-width="3"'

/** Returns the bounds of a numeric parameter. */
function endsOf(dimension: Dimension | undefined): readonly number[] {
  return dimension?.kind === 'float' || dimension?.kind === 'int' ? [dimension.low, dimension.high] : []
}

/** Draws the importance of each parameter, see {@link importance}. */
export function plotParamImportances(study: Studied): string {
  const shares: readonly Importance[] = importance(study)
  const height = 60 + 26 * shares.length
  const most = Math.max(1e-12, ...shares.map(({ share }) => share))
  return plotSvg(WIDTH, height, 'Parameter importance', [
    ...shares.map(({ path: name, share }, i) => {
      const y = 30 + 26 * i
      const label = `${(100 * share).toFixed(1)} %`
      return `${plotText(170, y + 13, name, 'end')}${plotBar(180, y, (360 * share) / most, 18, BLUE, label)}${plotText(190 + (360 * share) / most, y + 13, label)}`
    }),
  ])
}

/**
 * Draws two objectives against each other, with the best trials in red.
 *
 * @throws RangeError if the study does not have two objectives.
 */
export function plotParetoFront(study: ManyObjectives<unknown>): string {
  if (study.directions.length !== 2) {
    throw new RangeError(`plotParetoFront needs two objectives, the study has ${study.directions.length}`)
  }
  const front = new Set(paretoFront(study).map(({ number }) => number))
  const points = study.trials.flatMap((trial) => {
    const values = valuesOf(trial)
    return values?.every(Number.isFinite) ? [{ number: trial.number, a: values[0] ?? 0, b: values[1] ?? 0 }] : []
  })
  const x = plotScale(points.map(({ a }) => a))
  const y = plotScale(points.map(({ b }) => b))
  const place = placer(PLOT_FRAME, x, y)
  const line = points.filter(({ number }) => front.has(number)).sort((p, q) => p.a - q.a)
  return plotSvg(WIDTH, HEIGHT, 'Pareto front', [
    plotAxes(PLOT_FRAME, x, y, `objective 0 (${study.directions[0]})`, `objective 1 (${study.directions[1]})`),
    ...points.map(({ number, a, b }) =>
      plotDot(...place(a, b), front.has(number) ? RED : BLUE, `trial ${number}: ${plotNumber(a)}, ${plotNumber(b)}`),
    ),
    plotPath(
      line.map(({ a, b }) => place(a, b)),
      RED,
      1,
    ),
  ])
}

const STATES = { running: GREY, complete: BLUE, pruned: '#f59e0b', failed: RED } as const

/** Draws when each trial ran and how it ended, for trials that have times. */
export function plotTimeline(study: { readonly trials: readonly Trial<unknown>[] }): string {
  const timed = study.trials.filter(({ startedMs }) => startedMs !== undefined)
  const end = Math.max(
    0,
    ...timed.map(({ startedMs = 0, endedMs, heartbeatMs }) => endedMs ?? heartbeatMs ?? startedMs),
  )
  const start = Math.min(end, ...timed.map(({ startedMs = 0 }) => startedMs))
  const x = plotScale([0, Math.max(1e-3, (end - start) / 1000)])
  const y = plotScale(timed.map(({ number }) => number))
  const place = placer(PLOT_FRAME, x, y)
  const thick = Math.max(1, Math.min(14, PLOT_FRAME.height / Math.max(1, timed.length) - 1))
  return plotSvg(WIDTH, HEIGHT, 'Timeline', [
    plotAxes(PLOT_FRAME, x, y, 'seconds', 'trial'),
    ...timed.map(({ number, state, startedMs = 0, endedMs, heartbeatMs }) => {
      const [from, at] = place((startedMs - start) / 1000, number)
      const [to] = place(((endedMs ?? heartbeatMs ?? end) - start) / 1000, number)
      return plotBar(from, at - thick / 2, Math.max(1, to - from), thick, STATES[state], `trial ${number}: ${state}`)
    }),
    ...Object.entries(STATES).map(
      ([state, colour], i) =>
        `${plotDot(PLOT_FRAME.left + 100 * i, 30, colour, state)}${plotText(PLOT_FRAME.left + 10 + 100 * i, 34, state)}`,
    ),
  ])
}

function placer({ left, top, width, height }: PlotFrame, x: PlotScale, y: PlotScale) {
  return (a: unknown, b: unknown): readonly [number, number] => [left + x.at(a) * width, top + height * (1 - y.at(b))]
}

function isLog(study: Studied, at: string): boolean {
  const axis: Axis | undefined = createLayout(study.space).axes.find((one) => one.path === at)
  return axis !== undefined && 'log' in axis.dimension && axis.dimension.log === true
}
