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
  /** How many images come from each source, of a training run on several. */
  readonly sources?: Readonly<Record<string, number>>
}

/** Which part of a step's batch a data-parallel rank computes. */
export interface Shard {
  /** From 0 to `worldSize - 1`. */
  readonly rank: number
  readonly worldSize: number
}

/** The batches of a run: each one a pure function of seed, step and the data that was left out. */
export interface BatchPlan {
  /** Steps until every image has been seen once; a last batch that would be short is left out. */
  readonly stepsPerEpoch: number
  /** The batch of `step`, or a rank's contiguous share of it. */
  batch(step: number, shard?: Shard): Batch
  /** Leaves out the data of the steps `from` to `to`, both inclusive: step `from` gets what would have been that of `to + 1`. */
  skip(from: number, to: number): void
  /** The ranges left out, in order. */
  readonly skipped: readonly Skipped[]
  /** Restores an earlier list of ranges. */
  restore(skipped: readonly Skipped[]): void
  /** Returns the index of the batch of a step. */
  placeOf(step: number): number
}

const BATCH_STREAM = 2

/** Plans batches of `batchSize` images of `part`, in a new random order every epoch. */
export function createBatchPlan(part: DigitsPart, seed: number, batchSize: number): BatchPlan {
  const stepsPerEpoch = Math.floor(part.count / batchSize)
  let epoch = -1
  let order = new Uint32Array()
  let skipped: readonly Skipped[] = []

  // The last range was given in steps that do not count the ranges left out before it.
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

/** The rows `order` of `part` as one batch. */
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
