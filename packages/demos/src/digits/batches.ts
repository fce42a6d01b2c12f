import { CLASSES, type DigitsPart, PIXELS } from './data.ts'
import { createRandom, shuffle } from './random.ts'
import type { Skipped } from './snapshot.ts'

/** The images of one step, ready for the model. */
export interface Batch {
  readonly size: number
  /** `size * 64` brightnesses. */
  readonly images: Float32Array
  /** `size * 10`: 1 at the label, 0 elsewhere. */
  readonly targets: Float32Array
  readonly labels: Uint8Array
  /** The number of images from each source, if the training run has several. */
  readonly sources?: Readonly<Record<string, number>>
}

/** The part of a step's batch that a data-parallel rank computes. */
export interface Shard {
  /** From 0 to `worldSize - 1`. */
  readonly rank: number
  readonly worldSize: number
}

/** A run's batches: each batch is a pure function of the seed, the step and the skipped data. */
export interface BatchPlan {
  /** The number of steps until every image has been used once. An incomplete last batch is dropped. */
  readonly stepsPerEpoch: number
  /** Returns the batch of `step`, or a rank's contiguous part of it. */
  batch(step: number, shard?: Shard): Batch
  /**
   * Skips the data for steps `from` to `to`, both inclusive: step `from` then gets the data that step `to + 1` would have had.
   */
  skip(from: number, to: number): void
  /** The skipped ranges, in order. */
  readonly skipped: readonly Skipped[]
  /** Restores an earlier list of ranges. */
  restore(skipped: readonly Skipped[]): void
  /** Returns the index of a step's batch. */
  placeOf(step: number): number
}

const BATCH_STREAM = 2

/** Plans batches of `batchSize` images of `part`, in a new random order every epoch. */
export function createBatchPlan(part: DigitsPart, seed: number, batchSize: number): BatchPlan {
  const stepsPerEpoch = Math.floor(part.count / batchSize)
  let epoch = -1
  let order = new Uint32Array()
  let skipped: readonly Skipped[] = []

  // The steps in the last range do not count the ranges that were skipped before it, so the last range is applied first.
  const placeOf = (step: number): number =>
    skipped.reduceRight((place, [from, to]) => (place >= from ? place + to - from + 1 : place), step)

  return {
    stepsPerEpoch,
    placeOf,
    get skipped() {
      return skipped
    },
    skip(from, to) {
      checkStep(from)
      checkStep(to)
      if (to < from) throw new RangeError(`\`to\` must be at least \`from\`, got ${from} to ${to}`)
      skipped = [...skipped, [from, to]]
    },
    restore(given) {
      skipped = given
    },
    batch(step, shard = { rank: 0, worldSize: 1 }) {
      checkStep(step)
      checkShard(shard, batchSize)
      const place = placeOf(step)
      const wanted = Math.floor(place / stepsPerEpoch)
      if (wanted !== epoch) {
        epoch = wanted
        order = shuffle(
          Uint32Array.from({ length: part.count }, (_, row) => row),
          createRandom(seed, BATCH_STREAM, epoch),
        )
      }
      const size = batchSize / shard.worldSize
      const first = (place % stepsPerEpoch) * batchSize + shard.rank * size
      return gather(part, order.subarray(first, first + size))
    },
  }
}

/** Builds a batch from the rows `order` of `part`. */
export function gather(part: DigitsPart, order: Uint32Array): Batch {
  const size = order.length
  const images = new Float32Array(size * PIXELS)
  const targets = new Float32Array(size * CLASSES)
  const labels = new Uint8Array(size)
  order.forEach((row, index) => {
    const label = part.labels[row] ?? 0
    images.set(part.images.subarray(row * PIXELS, (row + 1) * PIXELS), index * PIXELS)
    targets[index * CLASSES + label] = 1
    labels[index] = label
  })
  return { size, images, targets, labels }
}

function checkStep(step: number): void {
  if (!Number.isSafeInteger(step) || step < 0) throw new RangeError(`\`step\` must be a whole number >= 0, got ${step}`)
}

function checkShard({ rank, worldSize }: Shard, batchSize: number): void {
  if (!Number.isSafeInteger(worldSize) || worldSize < 1 || batchSize % worldSize !== 0) {
    throw new RangeError(`\`worldSize\` must divide the batch size ${batchSize}, got ${worldSize}`)
  }
  if (!Number.isSafeInteger(rank) || rank < 0 || rank >= worldSize) {
    throw new RangeError(`\`rank\` must be a whole number from 0 to ${worldSize - 1}, got ${rank}`)
  }
}
