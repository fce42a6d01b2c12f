import { isNumeric, type Json, sameJson } from '@hotcb/protocol'
import type { Actuator } from './actuator.ts'
import { copied } from './copied.ts'
import { groupAt, groupsOf, optimizerOf, type ParamKey, requireSame, type Span, spanOf } from './live-groups.ts'
import { checkOptimizer, checkOptimizerOptions } from './optimizer-check.ts'
import { spec, type ValueSpec } from './value.ts'
import { isNear } from './verify.ts'

/** The controllable properties of one parameter group; only keys of group 0 become controls. */
export interface ParamGroup {
  readonly name?: string
  lr: number
  weightDecay?: number
  betas?: readonly [number, number] | readonly number[]
  momentum?: number
  /** Maximum norm of the gradients, which are scaled down to it; 0 disables clipping. */
  clipNorm?: number
}

/** An optimizer: any object with parameter groups. */
export interface OptimizerLike {
  readonly paramGroups: readonly ParamGroup[]
}

/** An optimizer, or a function that returns the one in use, for a trainer that replaces its optimizer. */
export type OptimizerSource = OptimizerLike | (() => OptimizerLike)

/** Bounds, and the trainer's schedule if it has one. */
export interface OptimizerActuatorOptions {
  /** @defaultValue [1e-7, 1] */
  readonly lrBounds?: readonly [number, number]
  /** @defaultValue [0, 1] */
  readonly weightDecayBounds?: readonly [number, number]
  /** @defaultValue [0, 1000] */
  readonly clipNormBounds?: readonly [number, number]
  /**
   * Returns the rate at a step, for each group or one for all. If it is given, the rate is schedule x scale and is
   * written at every safe point, and the keys `scheduler_scale` and `scheduler_drop` are available.
   */
  readonly schedule?: (step: number) => number | readonly number[]
  /**
   * Receives the scale of each group, for a trainer that has its own schedule and multiplies its rates by a scale
   * itself, for example around each optimizer step. The keys `scheduler_scale` and `scheduler_drop` are
   * available, and nothing is written at safe points.
   */
  readonly setScale?: (scales: readonly number[]) => void
  /** Returns the current rate of that schedule, for each group or one for all. Required with `setScale`. */
  readonly rates?: () => number | readonly number[]
}

/**
 * Creates the controls of an optimizer: `lr`, and those of `weight_decay`, `betas`, `momentum` and `clip_norm` that
 * group 0 has.
 *
 * They follow `optimizer.paramGroups`, which may be replaced by the same number of groups with the same names, for
 * example when an optimizer's state is loaded. If the number of groups or a name differs, commands fail with that reason.
 *
 * @throws RangeError without a parameter group; TypeError for another shape, with a message that states what to write
 *   instead.
 */
export function optimizerActuators(optimizer: OptimizerSource, options: OptimizerActuatorOptions = {}): Actuator[] {
  checkOptimizerOptions(options)
  checkOptimizer(optimizerOf(optimizer))
  const { lrBounds = [1e-7, 1], weightDecayBounds = [0, 1], clipNormBounds = [0, 1000] } = options
  const groups = groupsOf(optimizer)
  const first = groups[0]
  if (first === undefined) throw new RangeError('an optimizer needs at least one parameter group, got none')
  const bounds = ([min, max]: readonly [number, number]): { min: number; max: number } => ({ min, max })
  const lr = grouped(optimizer, 'lr', 'lr', 'Learning rate', spec('log_float', bounds(lrBounds)))
  const controls: Actuator[] = [{ ...withSchedule(lr, options), keepRatios: true }]
  if (first.weightDecay !== undefined) {
    const range = spec('float', bounds(weightDecayBounds))
    controls.push(grouped(optimizer, 'weight_decay', 'weightDecay', 'Weight decay', range))
  }
  if (first.betas !== undefined) {
    // A beta of 1 would cause a division by zero in Adam's bias correction.
    const range = spec('tuple', { min: 0, max: 0.999999 })
    controls.push(grouped(optimizer, 'betas', 'betas', 'Betas', range))
  }
  if (first.momentum !== undefined) {
    controls.push(grouped(optimizer, 'momentum', 'momentum', 'Momentum', spec('float', { min: 0, max: 1 })))
  }
  if (first.clipNorm !== undefined) {
    const range = spec('float', bounds(clipNormBounds))
    controls.push(grouped(optimizer, 'clip_norm', 'clipNorm', 'Gradient clipping', range))
  }
  return controls
}

function withSchedule(lr: Actuator, { schedule, setScale, rates }: OptimizerActuatorOptions): Actuator {
  if (setScale === undefined) return { ...lr, ...(schedule && { schedule }), ...(rates && { rates }) }
  // There is no getter, because the group contains the schedule's rate. The metric contains the rate in use.
  const { get: _get, ...rest } = lr
  return { ...rest, ...(schedule && { schedule }), ...(rates && { rates }), setScale }
}

function grouped(source: OptimizerSource, key: string, property: ParamKey, label: string, range: ValueSpec): Actuator {
  const span = spanOf(source, property)
  function read(): Json[] {
    const groups = groupsOf(source)
    const values: Json[] = []
    for (let i = 0; i < span.places.length; i++) values.push(groupAt(span, groups, i)[property] ?? null)
    return values
  }
  return {
    key,
    spec: range,
    label,
    group: 'optimizer',
    unit: null,
    paramGroups: span.places.map((place, i) => span.names[i] ?? (span.size === 1 ? '' : String(place))),
    positions: span.places,
    aliases: [],
    initial: read().map(copied),
    get: read,
    metric: key,
    check: () => requireSame(span),
    set(values) {
      const groups = groupsOf(source)
      for (let i = 0; i < span.places.length; i++) groupAt(span, groups, i)
      // The values were checked against `range`, the spec of this property.
      for (let i = 0; i < span.places.length; i++) Object.assign(groupAt(span, groups, i), { [property]: values[i] })
      requireKept(span, groups, values)
    },
    keepRatios: false,
    rampable: isNumeric(range),
  }
}

// This checks that the optimizer kept the values. A getter may create new group objects on every read. That works only
// if they pass writes on to the optimizer, because a value that is set on a copy is lost.
function requireKept(span: Span, written: readonly ParamGroup[], values: readonly Json[]): void {
  const groups = groupsOf(span.source)
  if (groups === written) return
  for (const [i, place] of span.places.entries()) {
    const group = groupAt(span, groups, i)
    if (group === written[place] || sameJson(group[span.property] ?? null, values[i] ?? null, isNear)) continue
    throw new TypeError('`paramGroups` returns copies of its groups: a value that is set on a copy is lost')
  }
}
