import type { OptimizerLike, ParamGroup } from '@hotcb/actuators'
import { checkOptions, type OptionKeys } from '@hotcb/protocol'
import type { Scalar } from '@tensorflow/tfjs-core'
import { steerGradients } from './gradients.ts'
import type { TensorFlow, TensorFlowOptimizer } from './tensorflow.ts'

/** Features that TensorFlow.js lacks. Each is added to the optimizer if its option is given. */
export interface TensorFlowOptimizerOptions {
  /**
   * The maximum global norm of all gradients; larger gradients are scaled down to it. 0: off until `clip_norm` is set.
   */
  readonly clipNorm?: number
  /** Decoupled weight decay, as in AdamW. 0: off until `weight_decay` is set. */
  readonly weightDecay?: number
}

const KEYS: OptionKeys<TensorFlowOptimizerOptions> = { clipNorm: true, weightDecay: true }

/**
 * Adapts a TensorFlow.js optimizer for `optimizerActuators`. The result has one group with `lr`, and `momentum`
 * (Momentum, RMSProp) or `betas` (Adam, Adamax). These are read and written in the fields that the optimizer itself uses.
 *
 * Call it once per optimizer, because options replace its `applyGradients`.
 *
 * @param tf The library that created it.
 * @throws TypeError when it is not one of the library's own optimizers, and for an unknown option.
 *
 * @example
 * ```ts
 * const state = createMutableState(optimizerActuators(tensorflowOptimizer(tf, model.optimizer, { clipNorm: 0 })))
 * ```
 */
export function tensorflowOptimizer(
  tf: TensorFlow,
  optimizer: TensorFlowOptimizer,
  options: TensorFlowOptimizerOptions = {},
): OptimizerLike {
  checkOptions('tensorflowOptimizer', options, KEYS)
  const { clipNorm, weightDecay } = options
  const group = groupOf(tf, optimizer)
  if (clipNorm !== undefined) group.clipNorm = clipNorm
  if (weightDecay !== undefined) group.weightDecay = weightDecay
  if (clipNorm !== undefined || weightDecay !== undefined) steerGradients(tf, optimizer, group)
  return { paramGroups: [group] }
}

// The fields of the optimizers, by class; TensorFlow.js declares them protected or private, and offers no other access.
interface Inside {
  learningRate: number
  setLearningRate?(learningRate: number): void
  momentum: number
  m: Scalar
  beta1: number
  beta2: number
}

function groupOf(tf: TensorFlow, optimizer: TensorFlowOptimizer): ParamGroup {
  const kind = optimizer.getClassName()
  // Every optimizer below has the properties that its group uses.
  const inside = optimizer as unknown as Inside
  switch (kind) {
    case 'SGD':
    case 'Adagrad':
    case 'Adadelta':
      return rateOf(inside)
    case 'Momentum':
      return withMomentum(rateOf(inside), inside, tf)
    case 'RMSProp':
      return withMomentum(rateOf(inside), inside, null)
    case 'Adam':
    case 'Adamax':
      return withBetas(rateOf(inside), inside)
    default:
      throw new TypeError(
        `the optimizer must be SGD, Momentum, RMSProp, Adam, Adamax, Adagrad or Adadelta, got ${kind}: ` +
          'describe another with `paramGroupsOf` of @hotcb/actuators',
      )
  }
}

function rateOf(inside: Inside): ParamGroup {
  return {
    get lr() {
      return inside.learningRate
    },
    set lr(value) {
      // SGD and Momentum train with a tensor that contains the rate. Their setter replaces that tensor.
      if (inside.setLearningRate === undefined) inside.learningRate = value
      else inside.setLearningRate(value)
    },
  }
}

// Adds `momentum`. Momentum trains with a tensor that its own `setMomentum` does not update, while RMSProp reads the
// number.
function withMomentum(group: ParamGroup, inside: Inside, tf: TensorFlow | null): ParamGroup {
  return Object.defineProperty(group, 'momentum', {
    enumerable: true,
    get: () => inside.momentum,
    set: (value: number) => {
      inside.momentum = value
      if (tf === null) return
      inside.m.dispose()
      inside.m = tf.keep(tf.scalar(value))
    },
  })
}

function withBetas(group: ParamGroup, inside: Inside): ParamGroup {
  return Object.defineProperty(group, 'betas', {
    enumerable: true,
    get: () => [inside.beta1, inside.beta2],
    set: ([beta1, beta2]: readonly [number, number]) => {
      inside.beta1 = beta1
      inside.beta2 = beta2
    },
  })
}
