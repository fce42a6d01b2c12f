import { expect, test } from 'vitest'
import { createBatchPlan, gather } from '../src/digits/batches.ts'
import { loadDigits } from '../src/digits/data.ts'

const { train } = loadDigits()

test('a step has the same batch, whatever batches were requested before', () => {
  const onward = createBatchPlan(train, 4, 32)
  const inOrder = Array.from({ length: 100 }, (_, step) => onward.batch(step))
  const jumping = createBatchPlan(train, 4, 32)
  for (const step of [99, 3, 50, 44, 43, 0]) expect(jumping.batch(step)).toEqual(inOrder[step])
})

test('an epoch contains no image twice, and every epoch has its own order', () => {
  const part = numbered(96)
  const plan = createBatchPlan(part, 1, 30)
  const seen = (epoch: number): number[] =>
    [0, 1, 2].flatMap((step) => firstPixels(plan.batch(epoch * 3 + step).images))
  expect(plan.stepsPerEpoch).toBe(3)
  expect(new Set(seen(0)).size).toBe(90)
  expect(seen(1)).not.toEqual(seen(0))
})

test('another seed yields other batches', () => {
  expect(createBatchPlan(train, 1, 32).batch(0)).not.toEqual(createBatchPlan(train, 2, 32).batch(0))
})

test('the shards of a batch, concatenated, are equal to the batch', () => {
  const plan = createBatchPlan(train, 4, 32)
  const whole = plan.batch(17)
  const shards = [0, 1, 2, 3].map((rank) => plan.batch(17, { rank, worldSize: 4 }))
  expect(shards.flatMap(({ labels }) => [...labels])).toEqual([...whole.labels])
  expect(shards.flatMap(({ images }) => [...images])).toEqual([...whole.images])
})

test('a batch contains each image with its one-hot label', () => {
  const { images, targets, labels } = gather(train, Uint32Array.of(9, 2))
  expect([...images]).toEqual([...train.images.subarray(9 * 64, 10 * 64), ...train.images.subarray(2 * 64, 3 * 64)])
  expect([...labels]).toEqual([train.labels[9], train.labels[2]])
  expect([targets.indexOf(1), targets.lastIndexOf(1)]).toEqual([train.labels[9], 10 + (train.labels[2] ?? 0)])
})

test.each([
  [-1, undefined, '`step` must be a whole number >= 0, got -1'],
  [0.5, undefined, '`step` must be a whole number >= 0, got 0.5'],
  [2 ** 53, undefined, '`step` must be a whole number >= 0, got 9007199254740992'],
  [0, { rank: 0, worldSize: 3 }, '`worldSize` must divide the batch size 32, got 3'],
  [0, { rank: 0, worldSize: 0 }, '`worldSize` must divide the batch size 32, got 0'],
  [0, { rank: 0, worldSize: -1 }, '`worldSize` must divide the batch size 32, got -1'],
  [0, { rank: 0, worldSize: 0.5 }, '`worldSize` must divide the batch size 32, got 0.5'],
  [0, { rank: -1, worldSize: 2 }, '`rank` must be a whole number from 0 to 1, got -1'],
  [0, { rank: 0.5, worldSize: 2 }, '`rank` must be a whole number from 0 to 1, got 0.5'],
  [0, { rank: 2, worldSize: 2 }, '`rank` must be a whole number from 0 to 1, got 2'],
])('step %s of shard %o is refused', (step, shard, message) => {
  expect(() => createBatchPlan(train, 0, 32).batch(step, shard)).toThrow(new RangeError(message))
})

test('skipped data shifts later steps, also across the end of an epoch and across data skipped earlier', () => {
  const [plain, plan] = [createBatchPlan(numbered(96), 1, 30), createBatchPlan(numbered(96), 1, 30)]
  const placesOf = (): number[] => [0, 1, 2, 3, 4, 5].map((step) => plan.placeOf(step))
  expect([placesOf(), plan.skipped]).toEqual([[0, 1, 2, 3, 4, 5], []])
  plan.skip(1, 1)
  expect(placesOf()).toEqual([0, 2, 3, 4, 5, 6])
  // Without the skip, step 3 would have had place 4.
  plan.skip(3, 5)
  expect(placesOf()).toEqual([0, 2, 3, 7, 8, 9])
  plan.skip(0, 0)
  expect(placesOf()).toEqual([2, 3, 7, 8, 9, 10])
  expect(plan.skipped).toEqual([
    [1, 1],
    [3, 5],
    [0, 0],
  ])
  expect(plan.batch(1)).toEqual(plain.batch(3))
  expect(plan.batch(2, { rank: 2, worldSize: 3 })).toEqual(plain.batch(7, { rank: 2, worldSize: 3 }))
  plan.restore([[1, 1]])
  expect([placesOf(), plan.skipped]).toEqual([[0, 2, 3, 4, 5, 6], [[1, 1]]])
})

test.each([
  [-1, 3, '`step` must be a whole number >= 0, got -1'],
  [1, 3.5, '`step` must be a whole number >= 0, got 3.5'],
  [3, 2, '`to` must be at least `from`, got 3 to 2'],
])('skipping the steps %s to %s is refused, and changes nothing', (from, to, message) => {
  const plan = createBatchPlan(train, 0, 32)
  expect(() => plan.skip(from, to)).toThrow(new RangeError(message))
  expect(plan.skipped).toEqual([])
})

test('an incomplete last batch is dropped, and every batch has the configured size', () => {
  expect(createBatchPlan(train, 0, 32).stepsPerEpoch).toBe(44)
  const { size, images, targets, labels } = createBatchPlan(train, 0, 32).batch(0, { rank: 1, worldSize: 4 })
  expect([size, images.length, targets.length, labels.length]).toEqual([8, 8 * 64, 80, 8])
})

// The images differ in their first pixel.
function numbered(count: number): typeof train {
  const images = new Float32Array(count * 64)
  for (let row = 0; row < count; row++) images[row * 64] = row
  return { count, images, labels: new Uint8Array(count) }
}

function firstPixels(images: Float32Array): number[] {
  return [...images].filter((_, at) => at % 64 === 0)
}
