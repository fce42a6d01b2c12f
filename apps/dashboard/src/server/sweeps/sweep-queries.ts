import { parameterImportance, sweepContour, sweepStudy } from '@hotcb/sweep'
import { lineageSteps } from '@hotcb/sweep/node'
import type {
  SweepContourAnswer,
  SweepCurves,
  SweepDecisions,
  SweepImportance,
  SweepLineage,
} from '../../shared/sweeps/sweep-wire.ts'
import { cellOf, cellsOf, shortNumber } from './cells.ts'
import type { MetricChoice } from './messages.ts'
import type { OpenSweep } from './open-sweep.ts'
import { analysedConfig, valuedTrials } from './sweep-facts.ts'

/** Returns the curves of the given trials. Trials without a curve are left out. */
export function curvesOf(
  sweep: OpenSweep,
  metric: string | null,
  trials: readonly number[],
  points: number,
): SweepCurves {
  if (metric === null) return { curves: [] }
  const courses = sweep.courses(metric)
  const { trials: records } = sweep.workspace.journal.fold
  const curves = trials.flatMap((i) => {
    const record = records.get(i)
    if (record === undefined) return []
    const { steps, values } = courses.read(record)
    if (steps.length === 0) return []
    const every = Math.ceil(steps.length / points)
    const kept = (at: number): boolean => every <= 1 || at % every === 0 || at === steps.length - 1
    return [
      {
        i,
        steps: steps.filter((_, at) => kept(at)),
        values: values.filter((_, at) => kept(at)).map((value) => shortNumber(value) ?? 0),
      },
    ]
  })
  return { curves }
}

/** Returns the decisions after the first `after` ones. */
export function decisionsOf({ workspace }: OpenSweep, after: number): SweepDecisions {
  const all = [...workspace.journal.fold.decisions.values()]
  const shown = all.slice(after)
  const numbers = (name: string): (number | null)[] =>
    shown.map(({ evidence }) => {
      const value = evidence[name]
      return typeof value === 'number' ? shortNumber(value) : null
    })
  return {
    count: all.length,
    trial: shown.map(({ trial }) => trial),
    planner: shown.map(({ planner }) => planner),
    verdict: shown.map(({ verdict }) => verdict),
    step: numbers('step'),
    value: numbers('value'),
    ahead: numbers('ahead'),
    cohort: numbers('cohort'),
  }
}

/** Returns the steps of a population, in the order of the decisions. */
export function lineageOf({ workspace }: OpenSweep): SweepLineage {
  const steps = lineageSteps(workspace.journal.fold).map(({ donorStep, params, ...step }) => ({
    ...step,
    donor_step: donorStep,
    params: cellsOf(params),
  }))
  return { steps }
}

interface Asked extends MetricChoice {
  readonly trials: readonly number[] | null
}

/** Computes the importance of each parameter from the completed trials. */
export function importanceOf(sweep: OpenSweep, { metric, stage, trials }: Asked): SweepImportance {
  if (metric === null) return { importance: [], trials: 0 }
  const study = studyOf(sweep, metric, stage, trials)
  return { importance: parameterImportance(study), trials: study.study.trials.length }
}

/** @throws RangeError if `x` or `y` is not a parameter of the sweep. */
export function contourOf(
  sweep: OpenSweep,
  { metric, stage, trials, x, y }: Asked & { readonly x: string; readonly y: string },
): SweepContourAnswer {
  const { grid, points, ...axes } = sweepContour(studyOf(sweep, metric ?? '', stage, trials), x, y)
  return {
    x: { name: axes.x.name, places: axes.x.places.map(cellOf), log: axes.x.isLog },
    y: { name: axes.y.name, places: axes.y.places.map(cellOf), log: axes.y.isLog },
    grid: grid.map((row) => row.map((value) => shortNumber(value))),
    points: points.slice(0, MOST_DOTS).map((one) => ({ ...one, x: cellOf(one.x), y: cellOf(one.y) })),
  }
}

/** The maximum number of dots; more of them would hide the plot. */
const MOST_DOTS = 1000

function studyOf(sweep: OpenSweep, metric: string, stage: string | null, trials: readonly number[] | null) {
  const config = analysedConfig(sweep, stage)
  return sweepStudy(config, valuedTrials(sweep, metric, config, trials), sweep.objective().direction)
}
