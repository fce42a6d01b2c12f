import { createHash } from 'node:crypto'
import { DemoError } from '../errors.ts'
import { type Batch, type BatchPlan, createBatchPlan, gather, type Shard } from './batches.ts'
import type { Measure } from './compute.ts'
import { CLASSES, type DigitsData, type DigitsPart, loadDigits, PIXELS } from './data.ts'
import { DEFAULT_LOSS_WEIGHTS, LOSS_TERMS, type LossTerm, type ValuesOf } from './loss-terms.ts'
import { type Compute, loadCompute, type Model } from './model.ts'
import { createNetwork, type Network } from './network.ts'
import { createOptimizer, type DemoParamGroup, type OptimizerKind } from './optimizer.ts'
import { type DigitsTrainerOptions, type ResolvedOptions, resolveOptions, type TrainerOptions } from './options.ts'
import { createSampleCounts, type SampleCounts } from './sample-counts.ts'
import { bytesOf, type DataState, decodeSnapshot, encodeSnapshot } from './snapshot.ts'

/** The gradients of a step, before the weights are updated. */
export interface StepGradients<Term extends string = LossTerm> {
  /** The value being minimized: the sum of the enabled terms, each multiplied by its weight. */
  readonly loss: number
  /** Every term's own value, unweighted, whether it is enabled or not. */
  readonly terms: Readonly<ValuesOf<Term>>
  /** The fraction of the batch that was classified correctly, 0 to 1. */
  readonly accuracy: number
  /** The gradient of `loss` with respect to all weights, group after group. The array belongs to the caller. */
  readonly gradients: Float32Array
}

/** The result of one step, measured before the weights were updated. */
export interface StepResult<Term extends string = LossTerm> extends Omit<StepGradients<Term>, 'gradients'> {
  /** The L2 norm of all gradients together, before clipping. */
  readonly gradNorm: number
  /** The number of images from each source that were trained on up to this step, if the training run has several sources. */
  readonly samples: Readonly<Record<string, number>>
}

/** The network's performance on test images. */
export interface Evaluation {
  /** Cross entropy, regardless of the loss weights. */
  readonly loss: number
  /** The fraction that was classified correctly, 0 to 1. */
  readonly accuracy: number
  /** Additional measurements of a training run, by metric name. */
  readonly others?: Readonly<Record<string, number>>
}

/**
 * A network that learns handwritten digits, one step at a time. All its methods are synchronous.
 *
 * It does not count steps: the caller numbers them, so continuing from a checkpoint requires only {@link DigitsTrainer.restore} and the
 * right number.
 */
export interface DigitsTrainer<Term extends string = LossTerm> {
  /** The optimizer. You may assign to its `paramGroups`, `body` (hidden layers) and `head` (output layer), at any time. */
  readonly optimizer: { readonly kind: OptimizerKind; readonly paramGroups: readonly DemoParamGroup[] }
  /** Weights of the loss terms, read at every step. */
  readonly lossWeights: ValuesOf<Term>
  /** Switches of the loss terms, read at every step. A disabled term has no effect. */
  readonly lossTerms: { [term in Term]: boolean }
  /** Names of the layers from the first hidden one to `logits`. */
  readonly layers: readonly string[]
  readonly parameterCount: number
  /** The weights themselves, by layer: `hidden1.weight`, `hidden1.bias`, ... Writing to them changes the network. */
  readonly weights: Readonly<Record<string, Float32Array>>
  /** Gradients of the last update by the same names, before clipping; zeros before the first. */
  readonly lastGradients: Readonly<Record<string, Float32Array>>
  /** The number of steps until every training image has been used once. */
  readonly stepsPerEpoch: number
  /** Trains step `step` (from 0): `gradients`, then `update`. */
  trainStep(step: number): StepResult<Term>
  /** Returns the loss and the gradients of step `step`, or of one rank's part of its batch. Changes no weights. */
  gradients(step: number, shard?: Shard): StepGradients<Term>
  /** Updates the weights by `gradients` (for ranks: their mean); returns the L2 norm before clipping. */
  update(gradients: Float32Array): number
  /** Evaluates the network on the 360 test images, or on those of some digits. */
  evaluate(digits?: readonly number[]): Evaluation
  /** Returns the outputs of layer `layer` for the first `samples` test images (always the same ones), one row each. */
  activations(layer: string, samples?: number): readonly Float32Array[]
  /**
   * Skips the data for steps `from` to `to`, both inclusive; later steps then use later data. A snapshot records this.
   *
   * @throws RangeError for invalid steps.
   */
  skipData(from: number, to: number): void
  /** Returns the exact weights and the optimizer memory. The caller must store settings (`lr`, loss weights, ...). */
  snapshot(): Uint8Array
  /**
   * Restores a snapshot of a trainer with the same optimizer and layers. If it is rejected, nothing changes.
   *
   * @throws {@link DemoError} `bad-snapshot`
   */
  restore(bytes: Uint8Array): void
  /** Creates another trainer with the same seed and options, in its initial state, with separate weights and settings. */
  fork(): DigitsTrainer<Term>
  /** SHA-256 of all weights, in hexadecimal. */
  weightsSha256(): string
  /** Ends the trainer: all later calls throw. Its memory is freed with the last reference to it. */
  dispose(): void
}

const PROBE_SAMPLES = 64

/**
 * Creates a trainer with its initial weights. The first call loads jax-js, which takes a few tens of milliseconds.
 *
 * The same seed and options yield bit-identical losses in every process and on every machine.
 *
 * @example
 * ```ts
 * const trainer = await createDigitsTrainer({ seed: 1, optimizer: 'adam' })
 * for (let step = 0; step < 500; step++) trainer.trainStep(step)
 * console.log(trainer.evaluate().accuracy)
 * ```
 * @throws RangeError if an option is out of range; {@link DemoError} `bad-data` or `no-backend` if the package or the system lacks
 *   something.
 */
export function createDigitsTrainer(options: DigitsTrainerOptions = {}): Promise<DigitsTrainer> {
  return createTrainer(DIGITS, options)
}

/** Creates a trainer for any network on the digits. @throws The errors that {@link createDigitsTrainer} throws. */
export async function createTrainer<Term extends string>(
  model: Model<Term>,
  options: TrainerOptions<Term>,
): Promise<DigitsTrainer<Term>> {
  const data = loadDigits()
  const settings = resolveOptions(model, options, data.train.count)
  const compute = await loadCompute(model)
  await compute.prepare()
  return assemble({ model, data, settings, compute, onBatch: options.onBatch })
}

/** The state that trainers with the same options share. */
interface Assembly<Term extends string> {
  readonly model: Model<Term>
  readonly data: DigitsData
  readonly settings: ResolvedOptions<Term>
  readonly compute: Compute
  readonly onBatch: TrainerOptions<Term>['onBatch']
}

function assemble<Term extends string>(assembly: Assembly<Term>): DigitsTrainer<Term> {
  const { model, data: { train, test }, settings, compute, onBatch } = assembly // biome-ignore format: one line
  const network = model.network(settings.hidden, settings.seed)
  const plan = createBatchPlan(train, settings.seed, settings.batchSize)
  const optimizer = createOptimizer(settings.optimizer, paramGroups(network, settings, model.groups))
  const lossWeights = { ...settings.lossWeights }
  const lossTerms = byTerm(model.terms, () => true)
  const { layers, names } = namesOf(settings.hidden, model.heads)
  const shape = { optimizer: settings.optimizer, layers: network.sizes }
  const saved = [network.weights, ...optimizer.memory.moments, optimizer.memory.counters]
  const testBatch = testBatches(test)
  let slope: Float32Array = new Float32Array(network.weights.length)
  let disposed = false
  const samples = createSampleCounts()

  function gradients(step: number, shard?: Shard): StepGradients<Term> {
    alive()
    const batch = onBatch?.(plan.batch(step, shard), plan.placeOf(step)) ?? plan.batch(step, shard)
    samples.see(batch)
    const weights = Float32Array.from(model.terms, (term) => (lossTerms[term] ? lossWeights[term] : 0))
    const { loss, terms, logits, gradients } = compute.computeGradients(network.tensors, batch, weights)
    const values = byTerm(model.terms, (_, at) => terms[at] ?? Number.NaN)
    return { loss, terms: values, accuracy: accuracy(logits, batch), gradients }
  }

  function update(gradients: Float32Array): number {
    alive()
    slope = gradients
    samples.settle()
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
      return { ...result, gradNorm: update(own), samples: samples.counts }
    },
    evaluate: whileAlive((digits?: readonly number[]) => {
      const batch = testBatch(digits)
      return evaluationOf(compute.measure(network.tensors, batch), batch)
    }),
    activations: whileAlive((layer: string, samples: number = PROBE_SAMPLES) => {
      const index = layerIndex(layers, layer)
      checkSamples(samples, test.count)
      const outputs = compute.layerOutputs(network.tensors, gather(test, rows(samples)))[index] ?? new Float32Array()
      return rowsOf(outputs, samples)
    }),
    snapshot: whileAlive(() => encodeSnapshot(shape, saved, { skipped: plan.skipped, samples: samples.counts })),
    restore: whileAlive((bytes: Uint8Array) => restoreData(decodeSnapshot(bytes, shape, saved), plan, samples)),
    skipData: whileAlive((from: number, to: number) => plan.skip(from, to)),
    fork: whileAlive(() => assemble(assembly)),
    weightsSha256: whileAlive(() => createHash('sha256').update(bytesOf(network.weights)).digest('hex')),
    dispose() {
      disposed = true
    },
  }
}

/** The network of {@link createDigitsTrainer}. */
const DIGITS: Model<LossTerm> = {
  terms: LOSS_TERMS,
  lossWeights: DEFAULT_LOSS_WEIGHTS,
  heads: ['logits'],
  groups: ['body', 'head'],
  network: (hidden, seed) => createNetwork([PIXELS, ...hidden, CLASSES], seed),
  load: () => import('./compute.ts'),
}

/** Returns test images as batches: all of them, or those of some digits. */
function testBatches(test: DigitsPart): (digits?: readonly number[]) => Batch {
  const batches = new Map<string, Batch>()
  return (digits) => {
    const key = digits?.join() ?? ''
    const known = batches.get(key)
    if (known !== undefined) return known
    const wanted = rows(test.count).filter((row) => digits === undefined || digits.includes(test.labels[row] ?? -1))
    const batch = gather(test, wanted)
    batches.set(key, batch)
    return batch
  }
}

function byTerm<Term extends string, Value>(
  terms: readonly Term[],
  make: (term: Term, at: number) => Value,
): { [term in Term]: Value } {
  // Every term has an entry.
  return Object.fromEntries(terms.map((term, at) => [term, make(term, at)])) as { [term in Term]: Value }
}

function namesOf(
  hidden: readonly number[],
  heads: readonly string[],
): { readonly layers: string[]; readonly names: string[] } {
  const layers = [...hidden.map((_, index) => `hidden${index + 1}`), ...heads]
  return { layers, names: layers.flatMap((layer) => [`${layer}.weight`, `${layer}.bias`]) }
}

function evaluationOf({ crossEntropy, logits, others }: Measure, batch: Batch): Evaluation {
  return { loss: crossEntropy, accuracy: accuracy(logits, batch), ...(others && { others }) }
}

function layerIndex(layers: readonly string[], layer: string): number {
  const index = layers.indexOf(layer)
  if (index === -1) throw new RangeError(`\`layer\` must be one of ${layers.join(', ')}, got ${layer}`)
  return index
}

function checkSamples(samples: number, most: number): void {
  if (Number.isSafeInteger(samples) && samples >= 1 && samples <= most) return
  throw new RangeError(`\`samples\` must be a whole number from 1 to ${most}, got ${samples}`)
}

function rowsOf(flat: Float32Array, count: number): readonly Float32Array[] {
  const width = flat.length / count
  return Array.from({ length: count }, (_, row) => flat.slice(row * width, (row + 1) * width))
}

// Each head has a weight and a bias, at the end.
function paramGroups(
  { tensors }: Network,
  settings: ResolvedOptions<string>,
  [body = 'body', ...heads]: readonly string[],
): readonly DemoParamGroup[] {
  const { lr, weightDecay, clipNorm, momentum, betas } = settings
  const [beta1, beta2] = betas
  const group = (name: string, from: number, to?: number): DemoParamGroup => {
    const params = tensors.slice(from, to).map(({ values }) => values)
    const shared = { name, params, lr, weightDecay, clipNorm }
    return settings.optimizer === 'sgd' ? { ...shared, momentum } : { ...shared, betas: [beta1, beta2] }
  }
  const first = tensors.length - 2 * heads.length
  return [group(body, 0, first), ...heads.map((head, at) => group(head, first + 2 * at, first + 2 * at + 2))]
}

/** Views of the sections of a flat vector that belong to the tensors of a network. */
function byName(names: readonly string[], { tensors }: Network, flat: Float32Array): Record<string, Float32Array> {
  let start = 0
  const stretches = tensors.map(({ values }, index) => {
    const stretch = flat.subarray(start, start + values.length)
    start += values.length
    return [names[index] ?? '', stretch]
  })
  return Object.fromEntries(stretches)
}

function restoreData(seen: DataState, plan: BatchPlan, counts: SampleCounts): void {
  plan.restore(seen.skipped)
  counts.restore(seen.samples)
}

function rows(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, row) => row)
}

function accuracy(logits: Float32Array, { labels, size }: Batch): number {
  let right = 0
  labels.forEach((label, row) => {
    const scores = logits.subarray(row * CLASSES, (row + 1) * CLASSES)
    if (scores.indexOf(Math.max(...scores)) === label) right++
  })
  return right / size
}
