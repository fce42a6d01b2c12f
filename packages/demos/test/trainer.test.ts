import { expect, test } from 'vitest'
import {
  createDigitsTrainer,
  type DemoParamGroup,
  type DigitsTrainer,
  type DigitsTrainerOptions,
} from '../src/index.ts'

const SGD: DigitsTrainerOptions = { seed: 1 }
const ADAM: DigitsTrainerOptions = { seed: 1, optimizer: 'adam' }

test.each([SGD, ADAM])('%o, restored to a snapshot, trains the same steps again bit for bit', async (options) => {
  const trainer = await createDigitsTrainer({ ...options, lossWeights: { activity: 0.01 } })
  const step = 1 + Math.floor(Math.random() * 60)
  train(trainer, 0, step)
  const snapshot = trainer.snapshot()
  const hash = trainer.weightsSha256()
  const losses = train(trainer, step, 90)
  trainer.restore(snapshot)
  expect(trainer.weightsSha256(), `restored at step ${step}`).toBe(hash)
  expect(train(trainer, step, 90), `restored at step ${step}`).toEqual(losses)
})

test('a rate that is changed at step 20 changes only the losses from step 21 on', async () => {
  const [plain, changed] = [await createDigitsTrainer(SGD), await createDigitsTrainer(SGD)]
  const wanted = train(plain, 0, 40)
  const got = train(changed, 0, 20)
  for (const group of changed.optimizer.paramGroups) group.lr = 0.01
  got.push(...train(changed, 20, 40))
  // Step 20 is the first to update the weights differently; its own loss is computed before that.
  expect(got.slice(0, 21)).toEqual(wanted.slice(0, 21))
  expect(got.slice(21).filter((loss, at) => loss === wanted[21 + at])).toEqual([])
})

test('a group at rate 0 does not change while the other one learns', async () => {
  const trainer = await createDigitsTrainer(ADAM)
  const [body, head] = groups(trainer)
  const before = { body: copy(body), head: copy(head) }
  body.lr = 0
  train(trainer, 0, 5)
  expect(copy(body)).toEqual(before.body)
  expect(copy(head)).not.toEqual(before.head)
})

test('momentum, betas and weight decay are read at every step', async () => {
  const changes: readonly [DigitsTrainerOptions, (group: DemoParamGroup) => void][] = [
    [SGD, (group) => Object.assign(group, { momentum: 0.5 })],
    [SGD, (group) => Object.assign(group, { weightDecay: 0.1 })],
    [ADAM, (group) => Object.assign(group, { betas: [0.5, 0.9] })],
    [ADAM, (group) => Object.assign(group, { weightDecay: 0.1 })],
  ]
  for (const [options, change] of changes) {
    const [plain, changed] = [await createDigitsTrainer(options), await createDigitsTrainer(options)]
    train(plain, 0, 10)
    train(changed, 0, 9)
    changed.optimizer.paramGroups.forEach(change)
    train(changed, 9, 10)
    expect(changed.weightsSha256()).not.toBe(plain.weightsSha256())
  }
})

test('an optimizer has only the settings that it uses, and each group has its own', async () => {
  const settings = async (options: DigitsTrainerOptions): Promise<unknown[]> =>
    (await createDigitsTrainer(options)).optimizer.paramGroups.map(({ params, ...rest }) => ({
      ...rest,
      weights: params.length,
    }))
  const sgd = { lr: 0.05, weightDecay: 0, clipNorm: 0, momentum: 0.9 }
  const adam = { lr: 0.002, weightDecay: 0, clipNorm: 0, betas: [0.9, 0.999] }
  expect(await settings(SGD)).toEqual([
    { name: 'body', ...sgd, weights: 4 },
    { name: 'head', ...sgd, weights: 2 },
  ])
  expect(await settings(ADAM)).toEqual([
    { name: 'body', ...adam, weights: 4 },
    { name: 'head', ...adam, weights: 2 },
  ])
  const [body, head] = groups(await createDigitsTrainer(ADAM))
  expect(body.betas).not.toBe(head.betas)
})

test('`clipNorm` limits how far a step changes the weights', async () => {
  const trainer = await createDigitsTrainer({ ...SGD, lr: 1, momentum: 0 })
  const [body, head] = groups(trainer)
  head.clipNorm = 0.01
  const before = { body: copy(body), head: copy(head) }
  const { gradNorm } = trainer.trainStep(0)
  expect(distance(copy(head), before.head)).toBeCloseTo(0.01, 6)
  expect(distance(copy(body), before.body)).toBeGreaterThan(0.1)
  expect(gradNorm).toBeGreaterThan(0.1)
})

test('a loss weight that is set during training takes effect at the next step and lowers its term', async () => {
  const [plain, changed] = [await createDigitsTrainer(SGD), await createDigitsTrainer(SGD)]
  train(plain, 0, 50)
  train(changed, 0, 50)
  changed.lossWeights.activity = 0.5
  const { loss, terms } = changed.trainStep(50)
  const untouched = plain.trainStep(50)
  expect(terms).toEqual(untouched.terms)
  expect(loss).toBeCloseTo(untouched.loss + 0.5 * terms.activity, 5)
  train(plain, 51, 150)
  train(changed, 51, 150)
  expect(changed.gradients(150).terms.activity).toBeLessThan(plain.gradients(150).terms.activity / 4)
})

test('a term that is switched off has no effect, keeps its weight, and counts again when switched on', async () => {
  const trainer = await createDigitsTrainer({ ...SGD, lossWeights: { label_smoothing: 0.5 } })
  const { loss, terms } = trainer.gradients(0)
  trainer.lossTerms.label_smoothing = false
  expect(trainer.gradients(0)).toMatchObject({ loss: terms.cross_entropy, terms })
  trainer.lossTerms.label_smoothing = true
  expect(trainer.gradients(0).loss).toBe(loss)
  expect(trainer.lossWeights).toEqual({ cross_entropy: 1, label_smoothing: 0.5, activity: 0 })
})

test("the mean of two ranks' gradients is the gradient of the whole batch", async () => {
  const trainer = await createDigitsTrainer({ ...SGD, lossWeights: { label_smoothing: 0.2, activity: 0.1 } })
  train(trainer, 0, 10)
  const whole = trainer.gradients(10)
  const shards = [0, 1].map((rank) => trainer.gradients(10, { rank, worldSize: 2 }))
  const worst = Math.max(...whole.gradients.map((value, at) => Math.abs(value - mean(shards, at))))
  expect(worst).toBeLessThan(1e-5)
  expect((shards[0]?.loss ?? 0) / 2 + (shards[1]?.loss ?? 0) / 2).toBeCloseTo(whole.loss, 5)
  expect(shards[0]?.gradients).not.toEqual(shards[1]?.gradients)
})

test('two trainers that are updated with the same mean keep the same weights', async () => {
  const ranks = [await createDigitsTrainer(ADAM), await createDigitsTrainer(ADAM)]
  for (let step = 0; step < 20; step++) {
    const shards = ranks.map((trainer, rank) => trainer.gradients(step, { rank, worldSize: 2 }))
    const averaged = Float32Array.from(shards[0]?.gradients ?? [], (_, at) => mean(shards, at))
    for (const trainer of ranks) trainer.update(averaged)
  }
  expect(ranks[0]?.weightsSha256()).toBe(ranks[1]?.weightsSha256())
  expect(ranks[0]?.evaluate().accuracy).toBeGreaterThan(0.3)
})

test('computing gradients, activations or an evaluation changes no weights', async () => {
  const trainer = await createDigitsTrainer(SGD)
  const hash = trainer.weightsSha256()
  expect(trainer.gradients(3)).toEqual(trainer.gradients(3))
  expect(trainer.evaluate()).toEqual(trainer.evaluate())
  trainer.activations('logits')
  expect(trainer.weightsSha256()).toBe(hash)
})

test("activations are rows of the layer's units for the same test images, and change as the network learns", async () => {
  const trainer = await createDigitsTrainer(SGD)
  const before = trainer.activations('hidden2', 5)
  expect(trainer.layers).toEqual(['hidden1', 'hidden2', 'logits'])
  expect(before.map(({ length }) => length)).toEqual([32, 32, 32, 32, 32])
  expect(
    trainer
      .activations('hidden2')
      .slice(0, 5)
      .flatMap((row) => [...row].map(rounded)),
  ).toEqual(before.flatMap((row) => [...row].map(rounded)))
  train(trainer, 0, 20)
  expect(trainer.activations('hidden2', 5)).not.toEqual(before)
  expect(() => trainer.activations('hidden3')).toThrow('`layer` must be one of hidden1, hidden2, logits, got hidden3')
  expect(() => trainer.activations('logits', 361)).toThrow('`samples` must be a whole number from 1 to 360, got 361')
})

test('a snapshot with another optimizer is refused and leaves the weights unchanged', async () => {
  const [sgd, adam] = [await createDigitsTrainer(SGD), await createDigitsTrainer(ADAM)]
  const hash = sgd.weightsSha256()
  expect(() => sgd.restore(adam.snapshot())).toThrow('the snapshot is of {"optimizer":"adam"')
  expect(() => sgd.restore(Buffer.from('torch'))).toThrow('these bytes are not a snapshot of the digits trainer')
  expect(sgd.weightsSha256()).toBe(hash)
})

test.each([
  [{ seed: -1 }, '`seed` must be a whole number from 0 to 9007199254740991, got -1'],
  [{ batchSize: 1438 }, '`batchSize` must be a whole number from 1 to 1437, got 1438'],
  [{ hidden: [] }, '`hidden` must name at least one layer, got []'],
  [{ lr: Number.NaN }, '`lr` must be a number >= 0, got NaN'],
  [{ betas: [0.9, 1] as const }, '`betas` must be >= 0 and < 1, got 1'],
  [{ lossWeights: { activity: -1 } }, '`lossWeights.activity` must be a number >= 0, got -1'],
])('%o is refused', async (options, message) => {
  await expect(createDigitsTrainer(options)).rejects.toThrow(new RangeError(message))
})

test('a disposed trainer throws', async () => {
  const trainer = await createDigitsTrainer(SGD)
  trainer.dispose()
  trainer.dispose()
  expect(() => trainer.trainStep(0)).toThrow('the trainer was disposed; create another')
  expect(() => trainer.snapshot()).toThrow('the trainer was disposed; create another')
})

function train(trainer: DigitsTrainer, from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => trainer.trainStep(from + at).loss)
}

function groups({ optimizer }: DigitsTrainer): [DemoParamGroup, DemoParamGroup] {
  const [body, head] = optimizer.paramGroups
  if (body?.name !== 'body' || head?.name !== 'head') throw new Error('expected the groups body and head')
  return [body, head]
}

function copy({ params }: DemoParamGroup): number[] {
  return params.flatMap((values) => [...values])
}

function distance(left: readonly number[], right: readonly number[]): number {
  return Math.hypot(...left.map((value, at) => value - (right[at] ?? 0)))
}

function mean(shards: readonly { readonly gradients: Float32Array }[], at: number): number {
  return shards.reduce((sum, { gradients }) => sum + (gradients[at] ?? 0), 0) / shards.length
}

function rounded(value: number): number {
  return Math.round(value * 1e4)
}
