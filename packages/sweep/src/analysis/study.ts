import { contour, type Importance, importance, type Studied } from 'hyperopt-ts/analysis'
import type { Parameter, SweepConfig } from '../config/config.ts'
import { drawOfValues, spaceOf, valuesOfDraw } from '../plan/search-space.ts'
import { type SweepTrial, trialValues } from '../plan/trial.ts'
import { NONE, toJson } from '../value.ts'

/** A completed trial and its objective value. */
export interface ValuedTrial {
  readonly trial: SweepTrial
  readonly value: number
}

/** A sweep's completed trials as a study that `hyperopt-ts` can analyse. */
export interface SweepStudy {
  readonly parameters: readonly Parameter[]
  readonly study: Studied
  /** The number of trials that were left out because one of their values is outside the ranges in the config. */
  readonly outside: number
}

/**
 * @param config The config of the stage that the trials belong to.
 */
export function sweepStudy(
  { parameters }: Pick<SweepConfig, 'parameters'>,
  trials: readonly ValuedTrial[],
  direction: 'min' | 'max',
): SweepStudy {
  const drawn = trials.flatMap(({ trial, value }) => {
    const values = new Map(trialValues(trial))
    const params = drawOfValues(
      parameters,
      parameters.map(({ name }) => values.get(name) ?? NONE),
    )
    return params === undefined ? [] : [{ number: trial.i, params, value }]
  })
  const study: Studied = {
    space: spaceOf(parameters),
    direction: direction === 'max' ? 'maximize' : 'minimize',
    trials: drawn.map((one) => ({ ...one, state: 'complete', reason: undefined, reports: [] })),
  }
  return { parameters, study, outside: trials.length - drawn.length }
}

/** The importance of one parameter. */
export interface ParameterImportance {
  readonly name: string
  /** The fraction, between 0 and 1. All fractions add up to 1, or to 0 if too little is known. */
  readonly share: number
}

/** Returns the fraction of the objective's variance that each parameter explains alone, most important first. */
export function parameterImportance({ parameters, study }: SweepStudy): readonly ParameterImportance[] {
  return importance(study).map(({ path, share }: Importance) => ({ name: nameOf(parameters, path), share }))
}

/** One axis of a contour. */
export interface ContourAxis {
  readonly name: string
  /** The grid positions along the axis, as parameter values. */
  readonly places: readonly unknown[]
  readonly isLog: boolean
}

/** The objective as a function of two parameters, interpolated between the trials. */
export interface SweepContour {
  readonly x: ContourAxis
  readonly y: ContourAxis
  /** Estimated values, with one row for each position of `y`. */
  readonly grid: readonly (readonly number[])[]
  readonly points: readonly {
    readonly i: number
    readonly x: unknown
    readonly y: unknown
    readonly value: number
  }[]
}

/**
 * @param resolution The maximum number of columns and rows in the grid.
 * @throws RangeError if no parameter has that name.
 */
export function sweepContour(
  { parameters, study }: SweepStudy,
  xName: string,
  yName: string,
  resolution = 25,
): SweepContour {
  const [x, y] = [keyOf(parameters, xName), keyOf(parameters, yName)]
  const { xs, ys, grid, points } = contour(study, x, y, { resolution })
  const valueAt = (key: string, drawn: unknown): unknown => shownValue(parameters, key, drawn)
  return {
    x: axisOf(parameters, x, xs),
    y: axisOf(parameters, y, ys),
    grid,
    points: points.map((one) => ({ i: one.number, x: valueAt(x, one.x), y: valueAt(y, one.y), value: one.value })),
  }
}

function axisOf(parameters: readonly Parameter[], key: string, drawn: readonly unknown[]): ContourAxis {
  const parameter = parameters[placeOf(key)]
  return {
    name: nameOf(parameters, key),
    places: drawn.map((one) => shownValue(parameters, key, one)),
    isLog: parameter !== undefined && 'isLog' in parameter && parameter.isLog,
  }
}

// The space names the parameters p0, p1 and so on: see `spaceOf`.
function placeOf(key: string): number {
  return Number(key.slice(1))
}

function nameOf(parameters: readonly Parameter[], key: string): string {
  return parameters[placeOf(key)]?.name ?? key
}

function keyOf(parameters: readonly Parameter[], name: string): string {
  const place = parameters.findIndex((one) => one.name === name)
  if (place >= 0) return `p${place}`
  const names = parameters.map((one) => one.name).join(', ')
  throw new RangeError(`there is no parameter \`${name}\`; choose from ${names}`)
}

/** Converts a drawn value to the parameter's value in JSON. */
function shownValue(parameters: readonly Parameter[], key: string, drawn: unknown): unknown {
  const value = valuesOfDraw(parameters, { [key]: drawn })[placeOf(key)]
  return value === undefined ? null : toJson(value)
}
