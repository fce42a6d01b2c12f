import type { Batch } from './batches.ts'
import { createBatchPlan } from './batches.ts'
import { CLASSES, type DigitsPart, loadDigits, PIXELS } from './data.ts'
import { DEFAULT_BATCH_SIZE, type DigitsTrainerOptions } from './options.ts'
import { createDigitsTrainer, type DigitsTrainer } from './trainer.ts'

const OLD: readonly number[] = [0, 1, 2, 3, 4]
const NEW: readonly number[] = [5, 6, 7, 8, 9]

/** A training run on the digits 0 to 4 that continues with 5 to 9. */
export interface FinetuneTrainer extends DigitsTrainer {
  /** The controls of its data. */
  readonly data: {
    /** The fraction of old digits in each batch, 0 to 1, from the step at which the new digits begin. Read at every step. */
    oldShare: number
  }
}

/**
 * Creates a trainer that learns the digits 0 to 4 and, from step `newFrom` on, the digits 5 to 9. If its batches contain no old digits, it
 * forgets them.
 *
 * A step's `samples` counts the old and the new digits that have been trained on.
 *
 * `evaluate` covers the digits that have been trained on so far; `others` contains the accuracy on old and on new digits.
 *
 * @throws The errors that {@link createDigitsTrainer} throws.
 */
export async function createFinetuneTrainer(
  newFrom: number,
  options: Omit<DigitsTrainerOptions, 'onBatch' | 'batchSize'>,
): Promise<FinetuneTrainer> {
  const { train } = loadDigits()
  const { seed = 0 } = options
  const data = { oldShare: 0 }
  const old = createBatchPlan(partOf(train, OLD), seed, DEFAULT_BATCH_SIZE)
  const recent = createBatchPlan(partOf(train, NEW), seed, DEFAULT_BATCH_SIZE)
  let hasNew = newFrom <= 0

  const trainer = await createDigitsTrainer({
    ...options,
    onBatch(_, place) {
      hasNew = place >= newFrom
      if (!hasNew) return { ...old.batch(place), sources: { old: DEFAULT_BATCH_SIZE, new: 0 } }
      return mix(old.batch(place), recent.batch(place), Math.round(data.oldShare * DEFAULT_BATCH_SIZE))
    },
  })
  return {
    ...trainer,
    // A getter is not copied by the spread.
    get lastGradients() {
      return trainer.lastGradients
    },
    data,
    evaluate(digits) {
      const asked = digits ?? (hasNew ? undefined : OLD)
      return {
        ...trainer.evaluate(asked),
        others: {
          'val_accuracy/old': trainer.evaluate(OLD).accuracy,
          'val_accuracy/new': trainer.evaluate(NEW).accuracy,
        },
      }
    },
  }
}

/** Combines the first `count` images of one batch with the rest of another. */
function mix(first: Batch, rest: Batch, count: number): Batch {
  const { size } = rest
  const join = (a: Float32Array, b: Float32Array, width: number): Float32Array => {
    const joined = b.slice()
    joined.set(a.subarray(0, count * width))
    return joined
  }
  const labels = rest.labels.slice()
  labels.set(first.labels.subarray(0, count))
  return {
    size,
    images: join(first.images, rest.images, PIXELS),
    targets: join(first.targets, rest.targets, CLASSES),
    labels,
    sources: { old: count, new: size - count },
  }
}

function partOf(part: DigitsPart, digits: readonly number[]): DigitsPart {
  const rows = [...part.labels.keys()].filter((row) => digits.includes(part.labels[row] ?? -1))
  const images = new Float32Array(rows.length * PIXELS)
  rows.forEach((row, at) => {
    images.set(part.images.subarray(row * PIXELS, (row + 1) * PIXELS), at * PIXELS)
  })
  return { count: rows.length, images, labels: Uint8Array.from(rows, (row) => part.labels[row] ?? 0) }
}
