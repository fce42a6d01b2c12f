import { adam } from './adam.ts'
import { sgd } from './sgd.ts'

/** The rule that updates the weights: stochastic gradient descent with momentum, or Adam. */
export type OptimizerKind = 'sgd' | 'adam'

/**
 * Weights that share their settings. Every setting is read at each step, so an assigned value takes effect at the next step.
 */
export interface DemoParamGroup {
  readonly name: string
  /** The weights themselves, updated in place. */
  readonly params: readonly Float32Array[]
  /** Learning rate. */
  lr: number
  /** SGD: multiplied by the weight and added to the gradient. Adam: decoupled (Loshchilov and Hutter 2019). 0 is off. */
  weightDecay: number
  /** The maximum L2 norm of this group's gradient. A longer gradient is scaled down to it. 0 is off. */
  clipNorm: number
  /** SGD only: the fraction of the last update that is kept. */
  momentum?: number
  /** Adam only: the fractions of the mean gradient and of the mean squared gradient that are kept. */
  betas?: readonly [number, number]
}

/** An optimizer of `kind` for its groups. */
export interface Optimizer {
  readonly kind: OptimizerKind
  readonly paramGroups: readonly DemoParamGroup[]
  /** Its entire memory between steps. `restore` writes to it. */
  readonly memory: OptimizerMemory
  /**
   * Updates the weights by one step and returns the L2 norm of all gradients before clipping.
   *
   * `gradients` is flat, in the order of the groups and of their params, and is not written to.
   */
  update(gradients: Float32Array): number
}

/** An optimizer's memory. */
interface OptimizerMemory {
  /** Running means, each as long as all weights together. */
  readonly moments: readonly Float32Array[]
  /** Numbers kept for each group, group after group. */
  readonly counters: Float64Array
}

/** One update rule. The loops around it are the same for all rules. */
export interface UpdateRule {
  readonly moments: number
  /** The initial values of a group's counters. */
  readonly counters: readonly number[]
  /** Returns the function of a step for one group, which updates `weights` by `gradient * scale`. Advances the group's counters. */
  begin(group: DemoParamGroup, counters: Float64Array): (slice: UpdateSlice, scale: number) => void
}

/** The same section of weights, gradient and moments. */
interface UpdateSlice {
  readonly weights: Float32Array
  readonly gradient: Float32Array
  readonly moments: readonly Float32Array[]
}

const RULES: { readonly [kind in OptimizerKind]: UpdateRule } = { sgd, adam }

/** Creates an optimizer for `paramGroups`. It keeps a reference to them and reads them at every step. */
export function createOptimizer(kind: OptimizerKind, paramGroups: readonly DemoParamGroup[]): Optimizer {
  const rule = RULES[kind]
  const length = paramGroups.reduce((sum, group) => sum + groupLength(group), 0)
  const moments = Array.from({ length: rule.moments }, () => new Float32Array(length))
  const counters = Float64Array.from(paramGroups.flatMap(() => rule.counters))

  return {
    kind,
    paramGroups,
    memory: { moments, counters },
    update(gradients) {
      if (gradients.length !== length) {
        throw new RangeError(`\`gradients\` must contain ${length} numbers, got ${gradients.length}`)
      }
      let squares = 0
      let start = 0
      paramGroups.forEach((group, index) => {
        const groupSquares = sumOfSquares(gradients.subarray(start, start + groupLength(group)))
        squares += groupSquares
        const first = index * rule.counters.length
        const apply = rule.begin(group, counters.subarray(first, first + rule.counters.length))
        const scale = clipScale(Math.sqrt(groupSquares), group.clipNorm)
        for (const weights of group.params) {
          const end = start + weights.length
          const slice = (values: Float32Array): Float32Array => values.subarray(start, end)
          apply({ weights, gradient: slice(gradients), moments: moments.map(slice) }, scale)
          start = end
        }
      })
      return Math.sqrt(squares)
    },
  }
}

function groupLength({ params }: DemoParamGroup): number {
  return params.reduce((sum, { length }) => sum + length, 0)
}

function sumOfSquares(values: Float32Array): number {
  let sum = 0
  for (const value of values) sum += value * value
  return sum
}

function clipScale(norm: number, clipNorm: number): number {
  return clipNorm > 0 && norm > clipNorm ? clipNorm / norm : 1
}
