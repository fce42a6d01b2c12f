import { parameterImportance, type SweepStudy, sweepContour, sweepStudy } from '../analysis/study.ts'
import type { SweepConfig } from '../config/config.ts'
import { contourFigure, curvesFigure, importanceFigure, parallelFigure, rungsFigure } from '../figures/figures.ts'
import type { TrialRecord } from '../journal/fold.ts'
import { trialState } from '../journal/trial-state.ts'
import { configOf } from '../plan/stages.ts'
import { jsonOf, trialValues } from '../plan/trial.ts'
import { SweepError } from './sweep-error.ts'
import { createTrialCourses, type TrialCourse, trialMetricNames } from './trial-courses.ts'
import { configInForce, noSweep, type Workspace } from './workspace.ts'

/** The trials of one stage with their courses of one metric. */
export interface SweepResults {
  readonly metric: string
  readonly direction: 'min' | 'max'
  readonly config: SweepConfig
  readonly trials: readonly { readonly record: TrialRecord; readonly course: TrialCourse }[]
}

/** Which trials and which metric are looked at. */
export interface ResultsChoice {
  /** Default: that of the objective, or of early stopping. */
  readonly metric?: string | undefined
  /** Default: the first one. */
  readonly stage?: string | undefined
  /** Default: that of the objective; `min` for another metric. */
  readonly direction?: 'min' | 'max' | undefined
}

/**
 * Reads the courses of all trials of a stage.
 *
 * @throws SweepError `refused` before the first `run`, for an unknown stage or metric, and where no metric is named.
 */
export function readResults(workspace: Workspace, { metric: named, stage, direction }: ResultsChoice): SweepResults {
  workspace.journal.refresh()
  const records = [...workspace.journal.fold.trials.values()].filter(({ isDropped }) => !isDropped)
  if (records.length === 0) throw noSweep(workspace.paths)
  const whole = configInForce(workspace)
  const config = stageConfig(whole, stage)
  const goal = config.objective ?? config.halving
  const metric = named ?? goal?.metric
  if (metric === undefined)
    throw new SweepError('refused', 'the config has no `objective`: name a metric with `--metric`')
  const judged = {
    metric,
    direction: direction ?? (metric === goal?.metric ? goal.direction : 'min'),
    value: metric === config.objective?.metric ? config.objective.value : ('last' as const),
  }
  const courses = createTrialCourses(workspace.paths, judged)
  const trials = records
    .filter(({ trial }) => configOf(whole, trial) === config)
    .map((record) => ({ record, course: courses.read(record) }))
  if (!trials.some(({ course }) => course.value !== null)) throw noValues(workspace, metric, records)
  return { metric, direction: judged.direction, config, trials }
}

function stageConfig(config: SweepConfig, stage: string | undefined): SweepConfig {
  const found = stage === undefined ? config.stages[0] : config.stages.find(({ name }) => name === stage)
  if (stage !== undefined && found === undefined) {
    const names = config.stages.map(({ name }) => name).join(', ')
    throw new SweepError('refused', `there is no stage \`${stage}\`${names === '' ? '' : `; there are ${names}`}`)
  }
  return found?.config ?? config
}

function noValues({ paths }: Workspace, metric: string, records: readonly TrialRecord[]): SweepError {
  const names = new Set(records.slice(0, 50).flatMap(({ trial }) => trialMetricNames(paths, trial.i)))
  const known = names.size === 0 ? 'no trial has reported any' : `there are ${[...names].join(', ')}`
  return new SweepError('refused', `no trial has reported \`${metric}\`; ${known}`)
}

/** The completed trials as a study. */
export function studyOfResults({ config, trials, direction }: SweepResults): SweepStudy {
  const completed = trials.flatMap(({ record, course }) =>
    trialState(record) === 'completed' && course.value !== null ? [{ trial: record.trial, value: course.value }] : [],
  )
  return sweepStudy(config, completed, direction)
}

export const FIGURE_KINDS = ['curves', 'parallel', 'importance', 'contour', 'rungs'] as const
export type FigureKind = (typeof FIGURE_KINDS)[number]

/**
 * A picture of a sweep as SVG.
 *
 * @param axes The two parameters of a contour. Default: the two most important ones.
 * @throws SweepError `refused` where there is nothing to draw.
 */
export function sweepFigure(
  workspace: Workspace,
  results: SweepResults,
  kind: FigureKind,
  axes: { readonly x?: string | undefined; readonly y?: string | undefined } = {},
): string {
  const { metric, direction, trials } = results
  switch (kind) {
    case 'curves':
      return curvesFigure(
        metric,
        trials.map(({ record, course }) => ({ i: record.trial.i, ...course })),
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
  if (across === undefined || up === undefined) throw new SweepError('refused', 'a contour takes two parameters')
  try {
    return contourFigure(sweepContour(study, across, up), results.metric, results.direction)
  } catch (error) {
    if (error instanceof RangeError) throw new SweepError('refused', error.message)
    throw error
  }
}

function rungsOf({ journal }: Workspace, { metric }: SweepResults): string {
  const judged = [...journal.fold.decisions.values()].flatMap(({ planner, trial, verdict, evidence }) => {
    const { step, value } = evidence
    if ((planner !== 'asha' && planner !== 'sync') || typeof step !== 'number') return []
    return [{ i: trial, step, value: typeof value === 'number' ? value : null, isGivenUp: verdict === 'prune' }]
  })
  if (judged.length === 0) throw new SweepError('refused', 'no trial was judged by early stopping')
  return rungsFigure(metric, judged)
}
