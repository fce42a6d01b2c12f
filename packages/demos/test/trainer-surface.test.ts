import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Batch } from '../src/digits/batches.ts'
import { loadDigits } from '../src/digits/data.ts'
import { createFinetuneTrainer } from '../src/digits/finetune.ts'
import { createMultitaskTrainer } from '../src/digits/multitask.ts'
import { createDigitsTrainer, type DigitsTrainer } from '../src/index.ts'

const SMALL = { seed: 1, hidden: [5, 3] } as const
const NAMES = ['hidden1', 'hidden2', 'logits'].flatMap((layer) => [`${layer}.weight`, `${layer}.bias`])

test('weights and gradients have the names of their layers, in the order of the flat gradient', async () => {
  const trainer = await createDigitsTrainer(SMALL)
  expect([trainer.layers, trainer.stepsPerEpoch]).toEqual([['hidden1', 'hidden2', 'logits'], 44])
  expect(Object.entries(trainer.weights).map(([name, { length }]) => [name, length])).toEqual(
    NAMES.map((name, at) => [name, [320, 5, 15, 3, 30, 10][at]]),
  )
  expect(trainer.parameterCount).toBe(383)
  expect(Object.values(trainer.lastGradients).flatMap((values) => [...values])).toEqual(Array(383).fill(0))
  const { gradients } = trainer.gradients(0)
  trainer.update(gradients)
  expect(Object.keys(trainer.lastGradients)).toEqual(NAMES)
  expect(Object.values(trainer.lastGradients).flatMap((values) => [...values])).toEqual([...gradients])
  const flat = Float32Array.from(Object.values(trainer.weights).flatMap((values) => [...values]))
  expect(trainer.weightsSha256()).toBe(createHash('sha256').update(new Uint8Array(flat.buffer)).digest('hex'))
  trainer.weights['logits.bias']?.fill(7)
  expect(trainer.optimizer.paramGroups[1]?.params[1]?.[9]).toBe(7)
})

test('a step consists of its gradients and an update with them', async () => {
  const [whole, parts] = [await createDigitsTrainer(SMALL), await createDigitsTrainer(SMALL)]
  const { gradients, ...result } = parts.gradients(4)
  expect(whole.trainStep(4)).toEqual({ ...result, gradNorm: parts.update(gradients), samples: {} })
  expect(whole.weightsSha256()).toBe(parts.weightsSha256())
})

test('the accuracy is the fraction of images whose highest score is at their label', async () => {
  const trainer = await createDigitsTrainer(SMALL)
  // The network classifies every image as 3.
  trainer.weights['logits.weight']?.fill(0)
  trainer.weights['logits.bias']?.fill(0)
  trainer.weights['logits.bias']?.set([9], 3)
  const { labels } = loadDigits().test
  const threes = labels.filter((label) => label === 3).length
  const all = trainer.evaluate()
  expect(Object.keys(all)).toEqual(['loss', 'accuracy'])
  expect(all.accuracy).toBe(threes / 360)
  expect(trainer.evaluate([3])).toEqual({ loss: expect.closeTo(Math.log(Math.exp(9) + 9) - 9, 4), accuracy: 1 })
  expect(trainer.evaluate([0, 1]).accuracy).toBe(0)
  const some = labels.filter((label) => label === 3 || label === 8).length
  expect(trainer.evaluate([8, 3]).accuracy).toBe(threes / some)
  expect(trainer.evaluate().accuracy).toBe(threes / 360)
})

test('activations cover the first test images, from one to all of them', async () => {
  const trainer = await createDigitsTrainer(SMALL)
  const shape = (rows: readonly Float32Array[]): unknown => [rows.length, ...new Set(rows.map(({ length }) => length))]
  expect(trainer.layers.map((layer) => shape(trainer.activations(layer)))).toEqual([
    [64, 5],
    [64, 3],
    [64, 10],
  ])
  expect([shape(trainer.activations('logits', 1)), shape(trainer.activations('logits', 360))]).toEqual([
    [1, 10],
    [360, 10],
  ])
  const [first] = trainer.activations('logits', 1)
  const all = trainer.activations('logits', 360)
  expect([...(first ?? [])].map((value) => value.toFixed(4))).toEqual([...(all[0] ?? [])].map((v) => v.toFixed(4)))
  const best = all.map((scores) => scores.indexOf(Math.max(...scores)))
  const right = best.filter((digit, at) => digit === loadDigits().test.labels[at]).length
  expect(trainer.evaluate().accuracy).toBe(right / 360)
  for (const samples of [0, -1, 1.5, 361]) {
    expect(() => trainer.activations('logits', samples)).toThrow(
      new RangeError(`\`samples\` must be a whole number from 1 to 360, got ${samples}`),
    )
  }
})

test('a batch can be changed before it is trained on, by its place', async () => {
  const seen: [size: number, place: number][] = []
  const onBatch = (batch: Batch, place: number): Batch => {
    seen.push([batch.size, place])
    return { ...batch, labels: new Uint8Array(batch.size), targets: batch.targets.map((_, at) => (at % 10 ? 0 : 1)) }
  }
  const [plain, changed] = [await createDigitsTrainer(SMALL), await createDigitsTrainer({ ...SMALL, onBatch })]
  changed.skipData(0, 2)
  expect(changed.gradients(0).loss).not.toBe(plain.gradients(3).loss)
  changed.gradients(1, { rank: 1, worldSize: 4 })
  expect(seen).toEqual([
    [32, 3],
    [8, 4],
  ])
  for (let step = 0; step < 30; step++) changed.trainStep(step)
  expect(changed.evaluate([0]).accuracy).toBe(1)
})

test("a fork starts from its trainer's initial state, with its own settings and data", async () => {
  const trainer = await createDigitsTrainer({ ...SMALL, optimizer: 'adam', lossWeights: { activity: 0.5 } })
  const start = trainer.weightsSha256()
  trainer.skipData(0, 9)
  trainer.lossWeights.activity = 2
  trainer.lossTerms.activity = false
  trainer.trainStep(0)
  const fork = trainer.fork()
  expect([fork.weightsSha256(), fork.optimizer.kind]).toEqual([start, 'adam'])
  expect([fork.lossWeights, fork.lossTerms]).toEqual([
    { cross_entropy: 1, label_smoothing: 0, activity: 0.5 },
    { cross_entropy: true, label_smoothing: true, activity: true },
  ])
  const again = await createDigitsTrainer({ ...SMALL, optimizer: 'adam', lossWeights: { activity: 0.5 } })
  expect(fork.trainStep(0)).toEqual(again.trainStep(0))
})

test('a restored snapshot includes the skipped data', async () => {
  const [trainer, other] = [await createDigitsTrainer(SMALL), await createDigitsTrainer(SMALL)]
  trainer.skipData(2, 4)
  other.restore(trainer.snapshot())
  expect(other.gradients(2)).toEqual(trainer.gradients(2))
  expect(other.gradients(2)).not.toEqual((await createDigitsTrainer(SMALL)).gradients(2))
})

const CALLS: readonly [string, (trainer: DigitsTrainer, snapshot: Uint8Array) => unknown][] = [
  ['trainStep', (trainer) => trainer.trainStep(0)],
  ['gradients', (trainer) => trainer.gradients(0)],
  ['update', (trainer) => trainer.update(new Float32Array(383))],
  ['evaluate', (trainer) => trainer.evaluate()],
  ['activations', (trainer) => trainer.activations('logits')],
  ['snapshot', (trainer) => trainer.snapshot()],
  ['restore', (trainer, snapshot) => trainer.restore(snapshot)],
  ['skipData', (trainer) => trainer.skipData(0, 1)],
  ['fork', (trainer) => trainer.fork()],
  ['weightsSha256', (trainer) => trainer.weightsSha256()],
]

test.each(CALLS)('%s on a disposed trainer is refused', async (_, call) => {
  const trainer = await createDigitsTrainer(SMALL)
  const snapshot = trainer.snapshot()
  trainer.dispose()
  expect(() => call(trainer, snapshot)).toThrow(
    expect.objectContaining({ code: 'disposed', message: 'the trainer was disposed; create another' }),
  )
})

test('a trainer for two tasks has one body and two heads, and measures both', async () => {
  const trainer = await createMultitaskTrainer({ seed: 1 })
  expect(trainer.layers).toEqual(['hidden1', 'hidden2', 'logits', 'pixels'])
  expect(trainer.optimizer.paramGroups.map(({ name, lr, params }) => [name, lr, params.map((p) => p.length)])).toEqual([
    ['body', 0.003, [4096, 64, 1024, 16]],
    ['classifier', 0.003, [160, 10]],
    ['decoder', 0.003, [1024, 64]],
  ])
  expect(trainer.lossWeights).toEqual({ classification: 1, reconstruction: 100 })
  const { loss, terms } = trainer.gradients(0)
  expect(loss).toBeCloseTo(terms.classification + 100 * terms.reconstruction, 3)
  expect(trainer.layers.map((layer) => trainer.activations(layer, 2)[1]?.length)).toEqual([64, 16, 10, 64])
  // The network draws black images and gives every digit the same score.
  for (const values of Object.values(trainer.weights)) values.fill(0)
  const { images } = loadDigits().test
  const squares = images.reduce((sum, value) => sum + value * value, 0) / images.length
  const zeros = loadDigits().test.labels.filter((label) => label === 0).length
  expect(trainer.evaluate()).toEqual({
    ...{ loss: expect.closeTo(Math.log(10), 4), accuracy: zeros / 360 },
    others: { val_reconstruction: expect.closeTo(squares, 5) },
  })
  expect((await createMultitaskTrainer({ hidden: [2], optimizer: 'sgd', lr: 1 })).optimizer).toMatchObject({
    ...{ kind: 'sgd', paramGroups: [{ lr: 1 }, { lr: 1 }, { lr: 1 }] },
  })
})

test('finetune learns the old digits, then the new ones together with the configured fraction of old ones', async () => {
  const trainer = await createFinetuneTrainer(2, { seed: 1, hidden: [5] })
  const plain = await createDigitsTrainer({ seed: 1, hidden: [5] })
  expect(trainer.weightsSha256()).toBe(plain.weightsSha256())
  for (const values of Object.values(trainer.weights)) values.fill(0)
  for (const group of trainer.optimizer.paramGroups) group.lr = 0
  const counts = [0, 1, 2].map((step) => trainer.trainStep(step).samples)
  expect(counts).toEqual([
    { old: 32, new: 0 },
    { old: 64, new: 0 },
    { old: 64, new: 32 },
  ])
  trainer.data.oldShare = 0.3
  expect(trainer.trainStep(3).samples).toEqual({ old: 74, new: 54 })
  trainer.data.oldShare = 1
  expect(trainer.trainStep(4).samples).toEqual({ old: 106, new: 54 })
})

test('finetune evaluates the digits that it has been trained on, and always both halves', async () => {
  const count = (digits: readonly number[]): number =>
    loadDigits().test.labels.filter((label) => digits.includes(label)).length
  const [zeros, old] = [count([0]), count([0, 1, 2, 3, 4])]
  const others = { 'val_accuracy/old': zeros / old, 'val_accuracy/new': 0 }
  const alwaysZero = async (newFrom: number) => {
    const trainer = await createFinetuneTrainer(newFrom, { seed: 1, hidden: [5] })
    for (const values of Object.values(trainer.weights)) values.fill(0)
    return trainer
  }
  const trainer = await alwaysZero(1)
  expect(trainer.evaluate()).toEqual({ loss: expect.closeTo(Math.log(10), 4), accuracy: zeros / old, others })
  expect(trainer.evaluate([0]).accuracy).toBe(1)
  trainer.gradients(0)
  expect(trainer.evaluate().accuracy).toBe(zeros / old)
  trainer.gradients(1)
  expect(trainer.evaluate()).toMatchObject({ accuracy: zeros / 360, others })
  expect((await alwaysZero(0)).evaluate().accuracy).toBe(zeros / 360)
  const { gradients } = trainer.gradients(0)
  trainer.update(gradients)
  expect(Object.values(trainer.lastGradients).flatMap((values) => [...values])).toEqual([...gradients])
})
