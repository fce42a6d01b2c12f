import type { Json } from '@hotcb/protocol'
import type { Actuator } from './actuator.ts'
import { copied } from './copied.ts'
import { spec, type ValueSpec } from './value.ts'

/** What is controlled of one parameter group; keys that are missing in group 0 give no control. */
export interface ParamGroup {
  readonly name?: string
  lr: number
  weightDecay?: number
  betas?: readonly [number, number] | readonly number[]
  momentum?: number
  /** Gradients are scaled down to this norm; 0 is off. */
  clipNorm?: number
}

/** Anything with parameter groups is an optimizer. */
export interface OptimizerLike {
  readonly paramGroups: readonly ParamGroup[]
}

/** Bounds, and the trainer's schedule if it has one. */
export interface OptimizerActuatorOptions {
  /** @defaultValue [1e-7, 1] */
  readonly lrBounds?: readonly [number, number]
  /** @defaultValue [0, 1] */
  readonly weightDecayBounds?: readonly [number, number]
  /** @defaultValue [0, 1000] */
  readonly clipNormBounds?: readonly [number, number]
  /**
   * The rate at a step, for each group or one for all. With it the rate is schedule x scale, written at every safe
   * point, and `scheduler_scale` and `scheduler_drop` are understood.
   */
  readonly schedule?: (step: number) => number | readonly number[]
}

/**
 * The controls of an optimizer: lr, and of weight_decay, betas, momentum, clip_norm those that group 0 has.
 *
 * @throws RangeError without a parameter group; TypeError when one has no learning rate.
 */
export function optimizerActuators(optimizer: OptimizerLike, options: OptimizerActuatorOptions = {}): Actuator[] {
  const { lrBounds = [1e-7, 1], weightDecayBounds = [0, 1], clipNormBounds = [0, 1000], schedule } = options
  const first = optimizer.paramGroups[0]
  if (first === undefined) throw new RangeError('an optimizer needs at least one parameter group, got none')
  for (const [place, { lr }] of optimizer.paramGroups.entries()) {
    if (!Number.isFinite(lr)) throw new TypeError(`\`paramGroups[${place}].lr\` must be a finite number, got ${lr}`)
  }
  const bounds = ([min, max]: readonly [number, number]): { min: number; max: number } => ({ min, max })
  const lr = grouped(optimizer, 'lr', 'lr', 'Learning rate', spec('log_float', bounds(lrBounds)))
  const controls: Actuator[] = [{ ...lr, keepRatios: true, ...(schedule && { schedule }) }]
  if (first.weightDecay !== undefined) {
    const range = spec('float', bounds(weightDecayBounds))
    controls.push(grouped(optimizer, 'weight_decay', 'weightDecay', 'Weight decay', range))
  }
  if (first.betas !== undefined) {
    // A beta of 1 divides by zero in Adam's bias correction.
    const range = spec('tuple', { min: 0, max: 0.999999, length: first.betas.length })
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

type ParamKey = 'lr' | 'weightDecay' | 'betas' | 'momentum' | 'clipNorm'

function grouped(optimizer: OptimizerLike, key: string, property: ParamKey, label: string, range: ValueSpec): Actuator {
  const all = optimizer.paramGroups
  // A group that lacks a property has no use for it: it is left out rather than given one.
  const spanned = [...all.entries()].filter(([, group]) => group[property] !== undefined)
  const read = (): Json[] => spanned.map(([, group]) => group[property] ?? null)
  return {
    key,
    spec: range,
    label,
    group: 'optimizer',
    unit: null,
    paramGroups: spanned.map(([place, group]) => group.name ?? (all.length === 1 ? '' : String(place))),
    positions: spanned.map(([place]) => place),
    aliases: [],
    initial: read().map(copied),
    get: read,
    metric: key,
    set: (values) => {
      // The values have passed `range`, which is made for this property.
      for (const [i, [, group]] of spanned.entries()) Object.assign(group, { [property]: values[i] })
    },
    keepRatios: false,
    rampable: false,
  }
}
