import {
  configInForce,
  FIGURE_KINDS,
  type FigureKind,
  readResults,
  type SweepResults,
  sweepFigure,
  trialMetricNames,
  type Workspace,
} from '@hotcb/sweep/node'
import { likelyMetric } from '../likely-metric.ts'
import { type PlotWish, readPlotWish } from '../plot-wish.ts'
import { type MonitorPaths, readPlan } from './monitor-files.ts'
import type { PostFile } from './post.ts'

/** A picture with a one-line description. */
export interface DrawnPlot {
  readonly text: string
  readonly file: PostFile
}

interface PlotParts {
  readonly workspace: Workspace
  readonly paths: MonitorPaths
  /** Removes secrets. */
  readonly scrub: (text: string) => string
}

/** @throws Error with a one-line message if the words are invalid or if there is nothing to draw. */
export async function plotOfWords(parts: PlotParts, words: readonly string[]): Promise<DrawnPlot> {
  const read = readPlotWish(words, FIGURE_KINDS)
  if (!read.ok) throw new Error(read.reason)
  return drawPlot(parts, read.value)
}

/**
 * @param known The results for the plotted metric, if they have already been read.
 * @throws Error with a one-line message if there is nothing to draw, or no program to draw with.
 */
export async function drawPlot(
  { workspace, paths, scrub }: PlotParts,
  wish: PlotWish,
  known?: SweepResults,
): Promise<DrawnPlot> {
  const kind = FIGURE_KINDS.find((one) => one === wish.kind)
  if (kind === undefined)
    throw new Error(`unknown plot ${JSON.stringify(wish.kind)}; choose from ${FIGURE_KINDS.join(', ')}`)
  const results = amongTrials(known ?? resultsOf(workspace, wish.metric, readPlan(paths)), wish.trials)
  const svg = sweepFigure(workspace, results, kind, { smooth: wish.smooth })
  // The module is only loaded when it is needed, because it contains a font.
  const { renderPng } = await import('hyperopt-ts/node')
  const png = await renderPng(scrub(svg))
  if (!png.ok) throw new Error(png.why)
  const text = captionOf(kind, results, wish)
  return { text, file: { name: fileName(kind, results.metric), content: png.png, about: text } }
}

/**
 * Returns the results for a metric. @param metric Null: the objective, or else the most likely metric. @throws Error if there are no
 * results.
 */
export function resultsOf(workspace: Workspace, metric: string | null, plan: string): SweepResults {
  workspace.journal.refresh()
  const drawn = metric ?? ownMetric(workspace, plan)
  return readResults(workspace, drawn === null ? {} : { metric: drawn })
}

/** Returns the most likely metric; null if the config has an objective. */
function ownMetric(workspace: Workspace, plan: string): string | null {
  const { trials } = workspace.journal.fold
  if (trials.size === 0) return null
  const { objective, halving } = configInForce(workspace)
  if (objective !== null || halving !== null) return null
  const some = [...trials.keys()].slice(0, LOOKED_AT)
  const likely = likelyMetric([...new Set(some.flatMap((i) => trialMetricNames(workspace.paths, i)))], plan)
  if (likely === null) throw new Error('no trial has reported a metric yet')
  return likely
}

const LOOKED_AT = 50

function amongTrials(results: SweepResults, wanted: readonly number[] | null): SweepResults {
  if (wanted === null) return results
  const known = new Set(results.trials.map(({ record }) => record.trial.i))
  const unknown = wanted.find((i) => !known.has(i))
  if (unknown !== undefined) throw new Error(`trial ${unknown} does not exist`)
  const chosen = results.trials.filter(({ record }) => wanted.includes(record.trial.i))
  if (!chosen.some(({ course }) => course.value !== null))
    throw new Error(`none of these trials has reported ${JSON.stringify(results.metric)}`)
  return { ...results, trials: chosen }
}

function captionOf(kind: FigureKind, { metric, direction, trials }: SweepResults, { smooth }: PlotWish): string {
  const best = direction === 'min' ? 'lowest' : 'highest'
  const drawn = trials.filter(({ course }) => course.value !== null).length
  const smoothed = kind === 'curves' && smooth > 1 ? `, each point the mean of ${smooth} values` : ''
  return `${kind} of ${metric}: ${drawn} trials, the ${best} is the best${smoothed}`
}

const LONGEST_NAME = 60

/** Returns a file name for a picture, without any characters of the metric name that have a special meaning in a path. */
function fileName(kind: FigureKind, metric: string): string {
  const safe = metric.replaceAll(/[^A-Za-z0-9_-]+/g, '-').replaceAll(/^-+|-+$/g, '')
  return `${kind}-${safe.slice(0, LONGEST_NAME) || 'metric'}.png`
}
