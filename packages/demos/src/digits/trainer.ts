import { createHash } from 'node:crypto'
import { DemoError } from '../errors.ts'
import { type Batch, createBatchPlan, gather, type Shard } from './batches.ts'
import { CLASSES, type DigitsData, loadDigits } from './data.ts'
import { LOSS_TERMS, type LossTerm, type LossTermValues } from './loss-terms.ts'
import { createNetwork, type Network } from './network.ts'
import { createOptimizer, type OptimizerKind, type ParamGroup } from './optimizer.ts'
import { type DigitsTrainerOptions, type ResolvedOptions, resolveOptions } from './options.ts'
import { bytesOf, decodeSnapshot, encodeSnapshot } from './snapshot.ts'

/** The gradients of a step, before the weights move. */
export interface StepGradients {
  /** Sum of the terms that are on, each times its weight: the minimized value. */
  readonly loss: number
  /** Every term's own value, unweighted, whether it is on or off. */
  readonly terms: Readonly<LossTermValues>
  /** Share of the batch that was classified right, 0 to 1. */
  readonly accuracy: number
  /** The gradient of `loss` with respect to all weights, group after group; the caller's own. */
  readonly gradients: Float32Array
}

/** The result of one step, from before the weights moved. */
export interface StepResult extends Omit<StepGradients, 'gradients'> {
  /** L2 norm of all gradients together, before clipping. */
  readonly gradNorm: number
}

/** The performance of the network on the 360 test images. */
export interface Evaluation {
  /** Cross entropy, whatever the loss weights are. */
  readonly loss: number
  /** Share that was classified right, 0 to 1. */
  readonly accuracy: number
}

/**
 * A network that learns handwritten digits, one step at a time, all of it synchronous.
 *
 * It does not count steps: the caller numbers them, so that continuing from a checkpoint needs only
 * {@link DigitsTrainer.restore} and the right number.
 */
export interface DigitsTrainer {
  /** The optimizer; assign to its `paramGroups`, `body` (hidden layers) and `head` (output layer), at any time. */
  readonly optimizer: { readonly kind: OptimizerKind; readonly paramGroups: readonly ParamGroup[] }
  /** Weights of the loss terms, read at every step. */
  readonly lossWeights: LossTermValues
  /** Switches of the loss terms, read at every step; a term that is off has no effect. */
  readonly lossTerms: { [term in LossTerm]: boolean }
  /** Names of the layers from the first hidden one to `logits`. */
  readonly layers: readonly string[]
  readonly parameterCount: number
  /** The weights themselves, by layer: `hidden1.weight`, `hidden1.bias`, ... Writing to them changes the training. */
  readonly weights: Readonly<Record<string, Float32Array>>
  /** Gradients of the last update by the same names, before clipping; zeros before the first. */
  readonly lastGradients: Readonly<Record<string, Float32Array>>
  /** Steps until every training image has been seen once. */
  readonly stepsPerEpoch: number
  /** Trains step `step` (from 0): `gradients`, then `update`. */
  trainStep(step: number): StepResult
  /** Loss and gradients of step `step`, or of one rank's share of its batch. Moves nothing. */
  gradients(step: number, shard?: Shard): StepGradients
  /** Moves the weights by `gradients` (for ranks: their mean); returns the L2 norm before clipping. */
  update(gradients: Float32Array): number
  evaluate(): Evaluation
  /** The outputs of layer `layer` for the first `samples` test images (always the same ones), one row each. */
  activations(layer: string, samples?: number): readonly Float32Array[]
  /**
   * Leaves out the data of the steps `from` to `to`, both inclusive; later steps move up. A snapshot keeps it.
   *
   * @throws RangeError for invalid steps.
   */
  skipData(from: number, to: number): void
  /** Exact weights and optimizer memory. The caller must store settings (`lr`, loss weights, ...). */
  snapshot(): Uint8Array
  /**
   * Goes back to a snapshot of a trainer with the same optimizer and layers; nothing changes if it is refused.
   *
   * @throws {@link DemoError} `bad-snapshot`
   */
  restore(bytes: Uint8Array): void
  /** Another trainer with the same seed and options, at its beginning: it has weights and settings of its own. */
  fork(): DigitsTrainer
  /** SHA-256 of all weights, in hexadecimal. */
  weightsSha256(): string
  /** Ends the trainer: all later calls throw. Its memory is freed with the last reference to it. */
  dispose(): void
}

const PROBE_SAMPLES = 64

/**
 * A trainer with its starting weights. Loads jax-js when first called, which takes a few tens of milliseconds.
 *
 * The same seed and options give bit-identical losses in every process and on every machine.
 *
 * @example
 * ```ts
 * const trainer = await createDigitsTrainer({ seed: 1, optimizer: 'adam' })
 * for (let step = 0; step < 500; step++) trainer.trainStep(step)
 * console.log(trainer.evaluate().accuracy)
 * ```
 * @throws RangeError when an option is out of range; {@link DemoError} `bad-data` or `no-backend` when the package or the
 * system lacks something.
 */
export async function createDigitsTrainer(options: DigitsTrainerOptions = {}): Promise<DigitsTrainer> {
  const data = loadDigits()
  const settings = resolveOptions(options, data.train.count)
  const compute = await import('./compute.ts')
  await compute.prepare()
  return assemble({ data, settings, compute, onBatch: options.onBatch })
}

/** What trainers with the same options share. */
interface Assembly {
  readonly data: DigitsData
  readonly settings: ResolvedOptions
  readonly compute: typeof import('./compute.ts')
  readonly onBatch: DigitsTrainerOptions['onBatch']
}

function assemble(assembly: Assembly): DigitsTrainer {
  const { data: { train, test }, settings, compute, onBatch } = assembly // biome-ignore format: one line
  const network = createNetwork(settings.hidden, settings.seed)
  const plan = createBatchPlan(train, settings.seed, settings.batchSize)
  const testBatch = gather(test, rows(test.count))
  const optimizer = createOptimizer(settings.optimizer, paramGroups(network, settings))
  const lossWeights = { ...settings.lossWeights }
  const lossTerms = { cross_entropy: true, label_smoothing: true, activity: true }
  const { layers, names } = namesOf(settings.hidden)
  const shape = { optimizer: settings.optimizer, layers: network.sizes }
  const saved = [network.weights, ...optimizer.memory.moments, optimizer.memory.counters]
  let slope: Float32Array = new Float32Array(network.weights.length)
  let disposed = false

  function gradients(step: number, shard?: Shard): StepGradients {
    alive()
    const batch = onBatch?.(plan.batch(step, shard), plan.placeOf(step)) ?? plan.batch(step, shard)
    const weights = Float32Array.from(LOSS_TERMS, (term) => (lossTerms[term] ? lossWeights[term] : 0))
    const { loss, terms, logits, gradients } = compute.computeGradients(network.tensors, batch, weights)
    return { loss, terms: named(terms), accuracy: accuracy(logits, batch), gradients }
  }

  function update(gradients: Float32Array): number {
    alive()
    slope = gradients
    return optimizer.update(gradients)
  }

  function alive(): void {
    if (disposed) throw new DemoError('disposed', 'the trainer was disposed; create another')
  }

  function whileAlive<Given extends unknown[], Result>(act: (...given: Given) => Result): (...given: Given) => Result {
    return (...given) => {
      alive()
      return act(...given)
    }
  }

  return {
    optimizer,
    lossWeights,
    lossTerms,
    layers,
    parameterCount: network.weights.length,
    weights: byName(names, network, network.weights),
    get lastGradients() {
      return byName(names, network, slope)
    },
    stepsPerEpoch: plan.stepsPerEpoch,
    gradients,
    update,
    trainStep(step) {
      const { gradients: own, ...result } = gradients(step)
      return { ...result, gradNorm: update(own) }
    },
    evaluate: whileAlive(() => {
      const { crossEntropy, logits } = compute.measure(network.tensors, testBatch)
      return { loss: crossEntropy, accuracy: accuracy(logits, testBatch) }
    }),
    activations: whileAlive((layer: string, samples: number = PROBE_SAMPLES) => {
      const index = layers.indexOf(layer)
      if (index === -1) throw new RangeError(`\`layer\` must be one of ${layers.join(', ')}, got ${layer}`)
      checkSamples(samples, test.count)
      const outputs = compute.layerOutputs(network.tensors, gather(test, rows(samples)))[index] ?? new Float32Array()
      return rowsOf(outputs, samples)
    }),
    snapshot: whileAlive(() => encodeSnapshot(shape, saved, plan.skipped)),
    restore: whileAlive((bytes: Uint8Array) => plan.restore(decodeSnapshot(bytes, shape, saved))),
    skipData: whileAlive((from: number, to: number) => plan.skip(from, to)),
    fork: whileAlive(() => assemble(assembly)),
    weightsSha256: whileAlive(() => createHash('sha256').update(bytesOf(network.weights)).digest('hex')),
    dispose() {
      disposed = true
    },
  }
}

function namesOf(hidden: readonly number[]): { readonly layers: string[]; readonly names: string[] } {
  const layers = [...hidden.map((_, index) => `hidden${index + 1}`), 'logits']
  return { layers, names: layers.flatMap((layer) => [`${layer}.weight`, `${layer}.bias`]) }
}

function checkSamples(samples: number, most: number): void {
  if (Number.isSafeInteger(samples) && samples >= 1 && samples <= most) return
  throw new RangeError(`\`samples\` must be a whole number from 1 to ${most}, got ${samples}`)
}

function rowsOf(flat: Float32Array, count: number): readonly Float32Array[] {
  const width = flat.length / count
  return Array.from({ length: count }, (_, row) => flat.slice(row * width, (row + 1) * width))
}

// The output layer is the last weight and the last bias.
function paramGroups({ tensors }: Network, settings: ResolvedOptions): readonly ParamGroup[] {
  const { lr, weightDecay, clipNorm, momentum, betas } = settings
  const [beta1, beta2] = betas
  const group = (name: string, from: number, to?: number): ParamGroup => {
    const params = tensors.slice(from, to).map(({ values }) => values)
    const shared = { name, params, lr, weightDecay, clipNorm }
    return settings.optimizer === 'sgd' ? { ...shared, momentum } : { ...shared, betas: [beta1, beta2] }
  }
  return [group('body', 0, -2), group('head', -2)]
}

/** Views of the stretches of a flat vector that belong to the tensors of a network. */
function byName(names: readonly string[], { tensors }: Network, flat: Float32Array): Record<string, Float32Array> {
  let start = 0
  const stretches = tensors.map(({ values }, index) => {
    const stretch = flat.subarray(start, start + values.length)
    start += values.length
    return [names[index] ?? '', stretch]
  })
  return Object.fromEntries(stretches)
}

function rows(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, row) => row)
}

function named(values: readonly number[]): LossTermValues {
  const [cross_entropy = Number.NaN, label_smoothing = Number.NaN, activity = Number.NaN] = values
  return { cross_entropy, label_smoothing, activity }
}

function accuracy(logits: Float32Array, { labels, size }: Batch): number {
  let right = 0
  labels.forEach((label, row) => {
    const scores = logits.subarray(row * CLASSES, (row + 1) * CLASSES)
    if (scores.indexOf(Math.max(...scores)) === label) right++
  })
  return right / size
}
