import type { Axis } from '../axis.ts'
import type { Dimension } from '../dimension.ts'
import { type Importance, importance, type Studied } from '../importance.ts'
import { createLayout } from '../layout.ts'
import { type ManyObjectives, paretoFront, valuesOf } from '../pareto.ts'
import { contour, history, parallelCoordinates, slice } from '../plot-data.ts'
import { compareValues, type Trial } from '../trial.ts'
import {
  axes,
  BLUE,
  bar,
  dot,
  FRAME,
  type Frame,
  GREY,
  path,
  RED,
  type Scale,
  scaleOf,
  shade,
  short,
  svg,
  text,
} from './svg.ts'

const WIDTH = 640
const HEIGHT = 420

/** Values over trial numbers, and the best so far. */
export function plotHistory(study: Studied): string {
  const points = history(study).filter(({ value }) => Number.isFinite(value))
  const x = scaleOf(points.map(({ number }) => number))
  const y = scaleOf(points.map(({ value }) => value))
  const place = placer(FRAME, x, y)
  const best = points
    .filter((point) => Number.isFinite(point.best))
    .map(({ number, best: value }) => place(number, value))
  return svg(WIDTH, HEIGHT, 'Optimization history', [
    axes(FRAME, x, y, 'trial', 'value'),
    ...points.map(({ number, value }) => dot(...place(number, value), BLUE, `trial ${number}: ${short(value)}`)),
    path(steps(best), RED),
  ])
}

/** Through the same points, level until the next one. */
function steps(points: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  return points.flatMap(([x, y], i) =>
    i === 0 ? [[x, y] as const] : [[x, points[i - 1]?.[1] ?? y] as const, [x, y] as const],
  )
}

/**
 * Values over one parameter.
 *
 * @throws RangeError when the space has no parameter at `at`.
 */
export function plotSlice(study: Studied, at: string): string {
  const points = slice(study, at).filter(({ value }) => Number.isFinite(value))
  const x = scaleOf(
    points.map((point) => point.x),
    isLog(study, at),
  )
  const y = scaleOf(points.map(({ value }) => value))
  const place = placer(FRAME, x, y)
  const last = Math.max(1, ...points.map(({ number }) => number))
  return svg(WIDTH, HEIGHT, `Values over ${at} (blue: late trials)`, [
    axes(FRAME, x, y, at, 'value'),
    ...points.map((point) =>
      dot(
        ...place(point.x, point.value),
        shade(1 - point.number / last),
        `trial ${point.number}: ${short(point.x)}, ${short(point.value)}`,
      ),
    ),
  ])
}

/**
 * Values over two parameters, estimated between the trials.
 *
 * @throws RangeError when the space has no parameter at one of the paths.
 */
export function plotContour(study: Studied, xPath: string, yPath: string): string {
  const { xs, ys, grid, points } = contour(study, xPath, yPath)
  const x = scaleOf([...xs, ...points.map((point) => point.x)], isLog(study, xPath))
  const y = scaleOf([...ys, ...points.map((point) => point.y)], isLog(study, yPath))
  const value = scaleOf(grid.flat())
  const place = placer(FRAME, x, y)
  const [w, h] = [FRAME.width / Math.max(1, xs.length), FRAME.height / Math.max(1, ys.length)]
  const cells = grid.flatMap((row, j) =>
    row.flatMap((estimate, i) => {
      const [left, top] = [FRAME.left + i * w, FRAME.top + FRAME.height - (j + 1) * h]
      // A little larger than the cell: browsers leave gaps between edges that meet.
      return Number.isFinite(estimate)
        ? [bar(left, top, w + 0.6, h + 0.6, shade(value.at(estimate)), short(estimate))]
        : []
    }),
  )
  return svg(WIDTH, HEIGHT, `Values over ${xPath} and ${yPath} (blue: low)`, [
    ...cells,
    axes(FRAME, x, y, xPath, yPath),
    ...points.map((point) =>
      dot(...place(point.x, point.y), '#111', `trial ${point.number}: ${short(point.value)}`, 3),
    ),
  ])
}

/**
 * Trials over two parameters, coloured by their rank.
 *
 * @throws RangeError when the space has no parameter at one of the paths.
 */
export function plotRank(study: Studied, xPath: string, yPath: string): string {
  const { points } = contour(study, xPath, yPath, { resolution: 2 })
  const x = scaleOf(
    points.map((point) => point.x),
    isLog(study, xPath),
  )
  const y = scaleOf(
    points.map((point) => point.y),
    isLog(study, yPath),
  )
  const place = placer(FRAME, x, y)
  const ranked = [...points].sort((a, b) => compareValues(a.value, b.value, study.direction))
  return svg(WIDTH, HEIGHT, `Ranks over ${xPath} and ${yPath} (blue: best)`, [
    axes(FRAME, x, y, xPath, yPath),
    ...ranked.map((point, rank) =>
      dot(
        ...place(point.x, point.y),
        shade(rank / Math.max(1, ranked.length - 1)),
        `trial ${point.number}: rank ${rank + 1}, ${short(point.value)}`,
      ),
    ),
  ])
}

/** Trials as lines across one axis for each parameter, coloured by value. */
export function plotParallelCoordinate(study: Studied): string {
  const { axes: all, lines } = parallelCoordinates(study)
  const value = scaleOf(lines.map((line) => line.value))
  const width = Math.max(WIDTH, 100 + 110 * all.length)
  const [left, top, height] = [60, 50, 290]
  const x = (i: number): number => left + (all.length > 1 ? (i * (width - 2 * left)) / (all.length - 1) : 0)
  const dimensions = new Map(createLayout(study.space).axes.map((axis) => [axis.path, axis.dimension]))
  const ordered = [...lines].sort((a, b) => compareValues(b.value, a.value, study.direction))
  return svg(width, HEIGHT, 'Parallel coordinates (blue: low values)', [
    ...ordered.map((line) => {
      const points = line.heights.flatMap((at, i) =>
        at === undefined ? [] : [[x(i), top + height * (1 - at)] as const],
      )
      return path(points, shade(value.at(line.value)), 1)
    }),
    ...all.map(({ path: name, values }, i) => {
      const ends = values ?? endsOf(dimensions.get(name))
      const labels = ends.slice(0, 12).map((one, k, some) => {
        const share = some.length > 1 ? k / (some.length - 1) : 0.5
        return text(x(i) + 4, top + height * (1 - share) + 4, short(one), 'start', HALO)
      })
      return `${path(
        [
          [x(i), top],
          [x(i), top + height],
        ],
        GREY,
      )}${text(x(i), top + height + 22, name, 'middle')}${labels.join('')}`
    }),
  ])
}

// Keeps a label readable on top of lines.
const HALO = ' paint-order="stroke" stroke="#fff" stroke-width="3"'

/** The bounds of a number. */
function endsOf(dimension: Dimension | undefined): readonly number[] {
  return dimension?.kind === 'float' || dimension?.kind === 'int' ? [dimension.low, dimension.high] : []
}

/** How much each parameter decided, see {@link importance}. */
export function plotParamImportances(study: Studied): string {
  const shares: readonly Importance[] = importance(study)
  const height = 60 + 26 * shares.length
  const most = Math.max(1e-12, ...shares.map(({ share }) => share))
  return svg(WIDTH, height, 'Importance of the parameters', [
    ...shares.map(({ path: name, share }, i) => {
      const y = 30 + 26 * i
      const label = `${(100 * share).toFixed(1)} %`
      return `${text(170, y + 13, name, 'end')}${bar(180, y, (360 * share) / most, 18, BLUE, label)}${text(190 + (360 * share) / most, y + 13, label)}`
    }),
  ])
}

/**
 * Two objectives against each other, the best trials in red.
 *
 * @throws RangeError when the study has another number of objectives.
 */
export function plotParetoFront(study: ManyObjectives<unknown>): string {
  if (study.directions.length !== 2) {
    throw new RangeError(`plotParetoFront draws two objectives, the study has ${study.directions.length}`)
  }
  const front = new Set(paretoFront(study).map(({ number }) => number))
  const points = study.trials.flatMap((trial) => {
    const values = valuesOf(trial)
    return values?.every(Number.isFinite) ? [{ number: trial.number, a: values[0] ?? 0, b: values[1] ?? 0 }] : []
  })
  const x = scaleOf(points.map(({ a }) => a))
  const y = scaleOf(points.map(({ b }) => b))
  const place = placer(FRAME, x, y)
  const line = points.filter(({ number }) => front.has(number)).sort((p, q) => p.a - q.a)
  return svg(WIDTH, HEIGHT, 'Pareto front', [
    axes(FRAME, x, y, `objective 0 (${study.directions[0]})`, `objective 1 (${study.directions[1]})`),
    ...points.map(({ number, a, b }) =>
      dot(...place(a, b), front.has(number) ? RED : BLUE, `trial ${number}: ${short(a)}, ${short(b)}`),
    ),
    path(
      line.map(({ a, b }) => place(a, b)),
      RED,
      1,
    ),
  ])
}

const STATES = { running: GREY, complete: BLUE, pruned: '#f59e0b', failed: RED } as const

/** When each trial ran and how it ended, for trials that have times. */
export function plotTimeline(study: { readonly trials: readonly Trial<unknown>[] }): string {
  const timed = study.trials.filter(({ startedMs }) => startedMs !== undefined)
  const end = Math.max(
    0,
    ...timed.map(({ startedMs = 0, endedMs, heartbeatMs }) => endedMs ?? heartbeatMs ?? startedMs),
  )
  const start = Math.min(end, ...timed.map(({ startedMs = 0 }) => startedMs))
  const x = scaleOf([0, Math.max(1e-3, (end - start) / 1000)])
  const y = scaleOf(timed.map(({ number }) => number))
  const place = placer(FRAME, x, y)
  const thick = Math.max(1, Math.min(14, FRAME.height / Math.max(1, timed.length) - 1))
  return svg(WIDTH, HEIGHT, 'Timeline', [
    axes(FRAME, x, y, 'seconds', 'trial'),
    ...timed.map(({ number, state, startedMs = 0, endedMs, heartbeatMs }) => {
      const [from, at] = place((startedMs - start) / 1000, number)
      const [to] = place(((endedMs ?? heartbeatMs ?? end) - start) / 1000, number)
      return bar(from, at - thick / 2, Math.max(1, to - from), thick, STATES[state], `trial ${number}: ${state}`)
    }),
    ...Object.entries(STATES).map(
      ([state, colour], i) =>
        `${dot(FRAME.left + 100 * i, 30, colour, state)}${text(FRAME.left + 10 + 100 * i, 34, state)}`,
    ),
  ])
}

function placer({ left, top, width, height }: Frame, x: Scale, y: Scale) {
  return (a: unknown, b: unknown): readonly [number, number] => [left + x.at(a) * width, top + height * (1 - y.at(b))]
}

function isLog(study: Studied, at: string): boolean {
  const axis: Axis | undefined = createLayout(study.space).axes.find((one) => one.path === at)
  return axis !== undefined && 'log' in axis.dimension && axis.dimension.log === true
}
