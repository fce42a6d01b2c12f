import { createLineWindow, type LineWindow, median } from '@hotcb/metrics/judge'
import { isObject, type Json } from '@hotcb/protocol'
import { type Horizon, VALIDATION_EVENTS } from './horizon.ts'

/**
 * The metrics that a tuner has observed: the objective once per point (the interval at whose end changes are judged), and the
 * training loss step by step. It is private state that is restored when a checkpoint is loaded.
 */
export interface Course {
  /** The objective, one value per point, with its sign chosen so that smaller is better. */
  readonly points: LineWindow
  /** The training loss, one value per step. */
  readonly train: LineWindow
  /** The number of consecutive training losses that were not finite. */
  readonly notFinite: number
  /** Whether the last point's value was not finite. */
  readonly isPointBad: boolean
  /** The number of steps between the last two validation runs; null before the second one. */
  readonly unitSteps: number | null
  /** Sets which direction of the objective is better. Called before its first value. */
  turn(sign: 1 | -1): void
  /** Processes a step. @returns Whether a point ended with this step. */
  see(step: number, seen: Seen, horizon: Horizon): boolean
  snapshot(): Json
  restore(saved: Json): void
}

/** The observations in one step. */
export interface Seen {
  /** Null if the value was not finite; undefined if there was none. */
  readonly objective: number | null | undefined
  readonly train: number | null | undefined
  readonly isValidation: boolean
}

/** Whether an event ends a validation run. */
export function endsValidation(event: string): boolean {
  return VALIDATION_EVENTS.includes(event)
}

/** Creates a history of metrics without observations. */
export function createCourse(): Course {
  let points = pointWindow(1)
  const train = createLineWindow({ keep: 256 })
  let unit: number[] = []
  let notFinite = 0
  let isUnitBad = false
  let isPointBad = false
  let units = 0
  let lastPoint: number | null = null
  let lastValidation: number | null = null
  let unitSteps: number | null = null

  function take(step: number, { objective, train: loss, isValidation }: Seen): void {
    if (loss !== undefined) {
      train.push(step, loss)
      notFinite = loss === null ? notFinite + 1 : 0
    }
    if (objective === null) isUnitBad = true
    else if (objective !== undefined) unit.push(objective)
    if (!isValidation) return
    if (lastValidation !== null && step > lastValidation) unitSteps = step - lastValidation
    lastValidation = step
    units++
  }

  return {
    get points() {
      return points
    },
    train,
    get notFinite() {
      return notFinite
    },
    get isPointBad() {
      return isPointBad
    },
    get unitSteps() {
      return unitSteps
    },
    turn(sign) {
      if (points.sign !== sign && points.count === 0) points = pointWindow(sign)
    },
    see(step, seen, horizon) {
      take(step, seen)
      lastPoint ??= step - 1
      const isEnd =
        horizon.kind === 'steps' ? step - lastPoint >= horizon.every : seen.isValidation && units >= horizon.every
      if (!isEnd || (unit.length === 0 && !isUnitBad)) return false
      isPointBad = isUnitBad
      points.push(step, isUnitBad ? null : median(unit))
      unit = []
      isUnitBad = false
      units = 0
      lastPoint = step
      return true
    },
    snapshot: () => ({
      sign: points.sign, points: points.snapshot(), train: train.snapshot(), unit, not_finite: notFinite, is_unit_bad: isUnitBad,
      is_point_bad: isPointBad, units, last_point: lastPoint, last_validation: lastValidation, unit_steps: unitSteps,
    }), // biome-ignore format: more readable
    restore(saved) {
      if (!isObject(saved)) return
      // `snapshot` wrote these fields. Missing fields count as not observed.
      const from = saved as Readonly<Record<string, Json>>
      points = pointWindow(from['sign'] === -1 ? -1 : 1)
      points.restore(from['points'] ?? null)
      train.restore(from['train'] ?? null)
      unit = Array.isArray(from['unit']) ? from['unit'].filter((one) => typeof one === 'number') : []
      notFinite = numberOf(from['not_finite']) ?? 0
      isUnitBad = from['is_unit_bad'] === true
      isPointBad = from['is_point_bad'] === true
      units = numberOf(from['units']) ?? 0
      lastPoint = numberOf(from['last_point'])
      lastValidation = numberOf(from['last_validation'])
      unitSteps = numberOf(from['unit_steps'])
    },
  }
}

function pointWindow(sign: 1 | -1): LineWindow {
  return createLineWindow({ sign, keep: 128 })
}

function numberOf(value: Json | undefined): number | null {
  return typeof value === 'number' ? value : null
}
