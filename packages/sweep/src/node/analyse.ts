import { parameterImportance, type SweepStudy, sweepContour, sweepStudy } from '../analysis/study.ts'
import type { SweepConfig } from '../config/config.ts'
import { contourFigure, curvesFigure, importanceFigure, parallelFigure, rungsFigure } from '../figures/figures.ts'
import { lineageFigure } from '../figures/lineage-figure.ts'
import type { TrialRecord } from '../journal/fold.ts'
import { newestAttempt, trialState } from '../journal/trial-state.ts'
import { configOf } from '../plan/stages.ts'
import { jsonOf, trialValues } from '../plan/trial.ts'
import { lineageSteps } from './population/lineage-steps.ts'
import { selectTrials } from './request-trials.ts'
import { SweepError } from './sweep-error.ts'
import { createTrialCourses, type TrialCourse, trialMetricNames } from './trial-courses.ts'
import { configInForce, noSweep, type Workspace } from './workspace.ts'

/** One stage's trials with their curves for one metric. */
export interface SweepResults {
  readonly metric: string
  readonly direction: 'min' | 'max'
  readonly config: SweepConfig
  readonly trials: readonly { readonly record: TrialRecord; readonly course: TrialCourse }[]
}

/** The trials and the metric to analyse. */
export interface ResultsChoice {
  /** Default: the metric of the objective, or of early stopping. */
  readonly metric?: string | undefined
  /** Default: the first stage. */
  readonly stage?: string | undefined
  /** Default: the objective's direction; `min` for any other metric. */
  readonly direction?: 'min' | 'max' | undefined
  /** Include only trials with these values, such as `lr=0.1`. Default: all trials. */
  readonly pins?: readonly string[] | undefined
}

/**
 * Reads the curves of all trials in a stage.
 *
 * @throws SweepError `refused` before the first `run`, for an unknown stage or metric, if no metric is named, or if no trial
 * matches the pins.
 */
export function readResults(
  workspace: Workspace,
  { metric: named, stage, direction, pins = [] }: ResultsChoice,
): SweepResults {
  workspace.journal.refresh()
  const records = [...workspace.journal.fold.trials.values()].filter(({ isDropped }) => !isDropped)
  if (records.length === 0) throw noSweep(workspace.paths)
  const pinned = pins.length === 0 ? records : selectTrials(workspace, { pins })
  if (pinned.length === 0) throw new SweepError('refused', `no trial matches ${pins.join(' ')}`)
  const whole = configInForce(workspace)
  const config = stageConfig(whole, stage)
  const goal = config.objective ?? config.halving
  const metric = named ?? goal?.metric
  if (metric === undefined)
    throw new SweepError('refused', 'the config has no `objective`; name a metric with `--metric`')
  const judged = {
    metric,
    direction: direction ?? (metric === goal?.metric ? goal.direction : 'min'),
    value: metric === config.objective?.metric ? config.objective.value : ('last' as const),
  }
  const courses = createTrialCourses(workspace.paths, judged)
  const trials = pinned
    .filter(({ trial }) => configOf(whole, trial) === config)
    .map((record) => ({ record, course: courses.read(record) }))
  if (!trials.some(({ course }) => course.value !== null)) throw noValues(workspace, metric, records)
  return { metric, direction: judged.direction, config, trials }
}

function stageConfig(config: SweepConfig, stage: string | undefined): SweepConfig {
  const found = stage === undefined ? config.stages[0] : config.stages.find(({ name }) => name === stage)
  if (stage !== undefined && found === undefined) {
    const names = config.stages.map(({ name }) => name).join(', ')
    throw new SweepError('refused', `there is no stage \`${stage}\`${names === '' ? '' : `; choose from ${names}`}`)
  }
  return found?.config ?? config
}

function noValues({ paths }: Workspace, metric: string, records: readonly TrialRecord[]): SweepError {
  const names = new Set(records.slice(0, 50).flatMap(({ trial }) => trialMetricNames(paths, trial.i)))
  const known = names.size === 0 ? 'no trial has reported any metric' : `choose from ${[...names].join(', ')}`
  return new SweepError('refused', `no trial has reported \`${metric}\`; ${known}`)
}

/** Returns the completed trials as a study. */
export function studyOfResults({ config, trials, direction }: SweepResults): SweepStudy {
  const completed = trials.flatMap(({ record, course }) =>
    trialState(record) === 'completed' && course.value !== null ? [{ trial: record.trial, value: course.value }] : [],
  )
  return sweepStudy(config, completed, direction)
}

export const FIGURE_KINDS = ['curves', 'parallel', 'importance', 'contour', 'rungs', 'lineage'] as const
export type FigureKind = (typeof FIGURE_KINDS)[number]

/**
 * Returns a figure of a sweep as SVG.
 *
 * @param options `x`, `y`: the two parameters of a contour. Default: the two most important ones. `smooth`: the number of values averaged
 *   for each point of a curve. Default: 1.
 * @throws SweepError `refused` if there is nothing to draw.
 */
export function sweepFigure(
  workspace: Workspace,
  results: SweepResults,
  kind: FigureKind,
  {
    smooth = 1,
    ...axes
  }: { readonly x?: string | undefined; readonly y?: string | undefined; readonly smooth?: number | undefined } = {},
): string {
  const { metric, direction, trials } = results
  switch (kind) {
    case 'curves':
      return curvesFigure(
        metric,
        trials.map(({ record, course }) => ({
          i: record.trial.i,
          ...course,
          values: smoothed(course.values, smooth),
        })),
        direction,
      )
    case 'parallel':
      return parallelOf(results)
    case 'importance':
      return importanceFigure(parameterImportance(studyOfResults(results)))
    case 'contour':
      return contourOf(results, axes)
    case 'rungs':
      return rungsOf(workspace, results)
    case 'lineage':
      return lineageOf(workspace, results)
    default:
      return kind satisfies never
  }
}

function parallelOf({ metric, direction, config, trials }: SweepResults): string {
  const shown = trials
    .filter(({ course }) => course.value !== null)
    .map(({ record, course }) => ({
      i: record.trial.i,
      value: course.value,
      values: jsonOf(trialValues(record.trial)),
    }))
  const axes = config.parameters.map((parameter) => ({
    name: parameter.name,
    isLog: 'isLog' in parameter && parameter.isLog,
    values: shown.map(({ values }) => values[parameter.name]),
  }))
  const last = { name: metric, isLog: false, values: shown.map(({ value }) => value) }
  return parallelFigure([...axes, last], shown, direction)
}

function contourOf(
  results: SweepResults,
  { x, y }: { readonly x?: string | undefined; readonly y?: string | undefined },
): string {
  const study = studyOfResults(results)
  const names = parameterImportance(study).map(({ name }) => name)
  const across = x ?? names.find((name) => name !== y)
  const up = y ?? names.find((name) => name !== across)
  if (across === undefined || up === undefined) throw new SweepError('refused', 'a contour plot needs two parameters')
  try {
    return contourFigure(sweepContour(study, across, up), results.metric, results.direction)
  } catch (error) {
    if (error instanceof RangeError) throw new SweepError('refused', error.message)
    throw error
  }
}

/** Averages each value with the values before it; an average covers `count` values. */
function smoothed(values: readonly number[], count: number): readonly number[] {
  return values.map((_, at) => {
    const near = values.slice(Math.max(0, at + 1 - count), at + 1)
    return near.reduce((sum, value) => sum + value, 0) / near.length
  })
}

function rungsOf({ journal }: Workspace, { metric, trials }: SweepResults): string {
  const shown = new Set(trials.map(({ record }) => record.trial.i))
  const judged = [...journal.fold.decisions.values()].flatMap(({ planner, trial, verdict, evidence }) => {
    const { step, value } = evidence
    const isOther = planner === 'pbt' || planner === 'stages' || !shown.has(trial)
    if (isOther || typeof step !== 'number') return []
    return [{ i: trial, step, value: typeof value === 'number' ? value : null, isGivenUp: verdict === 'prune' }]
  })
  if (judged.length === 0) throw new SweepError('refused', 'early stopping has not judged any trial')
  return rungsFigure(metric, judged)
}

function lineageOf({ journal }: Workspace, { trials, direction }: SweepResults): string {
  const members = trials.map(({ record, course }) => ({
    i: record.trial.i,
    step: Math.max(0, newestAttempt(record)?.facts.step ?? 0, course.steps.at(-1) ?? 0),
    value: course.value,
  }))
  const steps = lineageSteps(journal.fold).filter(({ outcome }) => outcome !== 'failed')
  if (steps.length === 0) throw new SweepError('refused', 'no trial has continued from a checkpoint of another trial')
  return lineageFigure(members, steps, direction)
}
