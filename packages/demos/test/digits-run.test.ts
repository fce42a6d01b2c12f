import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createMultitaskTrainer } from '../src/digits/multitask.ts'
import { createDigitsTrainer, digitsCheckpoints, digitsControls, digitsState, stepMetrics } from '../src/index.ts'
import { createTraining } from '../src/run/create-training.ts'
import { digitsCapabilities, testMetrics } from '../src/run/digits-run.ts'
import { temporaryDir } from './run-support.ts'

const LOSSES = ['cross_entropy', 'label_smoothing', 'activity']

test("a digits training run's capabilities include its optimizer, its schedule and its losses", async () => {
  const sgd = await createDigitsTrainer({ hidden: [4] })
  const all = {
    ...{ framework: 'jax-js', num_optimizers: 1, optimizer_names: ['SGD'], num_param_groups: [2] },
    ...{ has_scheduler: false, scheduler_types: [], grad_accumulation_steps: 1, automatic_optimization: true },
    ...{ mutable_state_detected: true, mutable_state_keys: LOSSES, grad_clip_value: null, grad_clip_wired: true },
    metric_names: [
      ...['train_loss', 'accuracy', 'grad_norm', 'lr', 'loss/cross_entropy', 'loss/label_smoothing'],
      ...['loss/activity', 'val_loss', 'val_accuracy'],
    ],
  }
  expect(digitsCapabilities(sgd, 'digits')).toEqual(all)
  expect(digitsCapabilities(sgd, 'digits-cosine')).toEqual({
    ...all,
    ...{ has_scheduler: true, scheduler_types: ['CosineAnnealingWarmRestarts'] },
  })
  expect(digitsCapabilities(await createMultitaskTrainer(), 'multitask')).toEqual({
    ...all,
    ...{ optimizer_names: ['Adam'], num_param_groups: [3], mutable_state_keys: ['classification', 'reconstruction'] },
    metric_names: [
      ...['train_loss', 'accuracy', 'grad_norm', 'lr', 'loss/classification', 'loss/reconstruction'],
      ...['val_loss', 'val_accuracy'],
    ],
  })
})

test('the metrics of a step contain each term and each source under its own name', () => {
  const result = { loss: 1, accuracy: 0.5, gradNorm: 2, terms: { a: 3, b: 4 }, samples: { old: 5, new: 6 } }
  expect(stepMetrics(result, 0.1)).toEqual({
    ...{ train_loss: 1, accuracy: 0.5, grad_norm: 2, lr: 0.1 },
    ...{ 'loss/a': 3, 'loss/b': 4, 'samples/old': 5, 'samples/new': 6 },
  })
  expect(testMetrics({ loss: 1, accuracy: 0.5 })).toEqual({ val_loss: 1, val_accuracy: 0.5 })
  expect(testMetrics({ loss: 1, accuracy: 0.5, others: { more: 2 } })).toEqual({
    ...{ val_loss: 1, val_accuracy: 0.5, more: 2 },
  })
})

test('the scheduled rate follows a cosine down to a twentieth, and restarts every 500 steps', async () => {
  const trainer = await createDigitsTrainer({ hidden: [4], lr: 2 })
  const state = digitsState(trainer, 'digits-cosine')
  const ratesAt = (step: number): readonly number[] => {
    state.tick(step, {})
    return trainer.optimizer.paramGroups.map(({ lr }) => Number(lr.toFixed(9)))
  }
  const both = (rate: number): readonly number[] => [rate, rate]
  const cosine = (step: number): number => 2 * (0.05 + 0.475 * (1 + Math.cos((Math.PI * step) / 500)))
  for (const step of [0, 1, 125, 250, 499]) expect(ratesAt(step)).toEqual(both(Number(cosine(step).toFixed(9))))
  expect([ratesAt(250), ratesAt(500), ratesAt(750)]).toEqual([both(1.05), both(2), both(1.05)])
  expect(digitsState(trainer, 'digits').isMoving).toBe(false)
})

test('a checkpoint contains the exact weights, and three are kept', async () => {
  const [saved, other] = [await createDigitsTrainer({ seed: 1 }), await createDigitsTrainer({ seed: 2 })]
  const dir = temporaryDir()
  const { keep, save } = digitsCheckpoints(saved)
  save?.({ dir, tag: 'step-0', step: 0 } as never)
  expect(keep).toBe(3)
  expect(digitsCheckpoints(other).load({ dir })).toBeUndefined()
  expect(other.weightsSha256()).toBe(saved.weightsSha256())
  expect(() => digitsCheckpoints(other).load({ dir: join(dir, 'none') })).toThrow('ENOENT')
})

test('the data for some steps can be skipped by a call, which has a description', async () => {
  const trainer = await createDigitsTrainer({ seed: 1 })
  const plain = await createDigitsTrainer({ seed: 1 })
  const module = digitsControls(trainer)
  const op = { module: 'ctl', op: 'call', id: 'data.skip', params: { args: [3, '9'] } }
  const context = { step: 3, total: null, channel: 'live', runDir: null, submit: () => '' }
  // The call uses no other part of its context.
  expect(module.applyOp?.(op as never, context as never)).toMatchObject({ ok: true })
  expect(trainer.gradients(3)).toEqual(plain.gradients(10))
  expect(module.status?.()).toEqual({
    'data.skip': { description: 'skip the data for the steps FROM to TO', calls: 1, failed: 0 },
  })
})

test('each config has its trainer, and finetune also has a control for its data', async () => {
  const options = { seed: 3, newFrom: 4, initial: { lr: 0.25 } }
  const kindOf = async (config: Parameters<typeof createTraining>[0]['config']) => {
    const { trainer, controls } = await createTraining({ ...options, config })
    const { kind, paramGroups } = trainer.optimizer
    return [kind, trainer.layers.length, paramGroups.map(({ lr }) => lr), controls.map(({ key }) => key)]
  }
  const two = [0.25, 0.25]
  expect(await kindOf('digits')).toEqual(['sgd', 3, two, []])
  expect(await kindOf('simple')).toEqual(['sgd', 3, two, []])
  expect(await kindOf('digits-cosine')).toEqual(['sgd', 3, two, []])
  expect(await kindOf('digits-adam')).toEqual(['adam', 3, two, []])
  expect(await kindOf('multitask')).toEqual(['adam', 4, [...two, 0.25], []])
  expect(await kindOf('finetune')).toEqual(['sgd', 3, two, ['data.old_share']])
})

test("the seed of a training run is its trainer's, and finetune without a step starts with the new digits", async () => {
  const of = { seed: 3, newFrom: null, initial: {} }
  const plain = await createDigitsTrainer({ seed: 3 })
  const adam = await createTraining({ ...of, config: 'digits-adam' })
  expect(adam.trainer.weightsSha256()).toBe(plain.weightsSha256())
  const multitask = await createTraining({ ...of, config: 'multitask' })
  expect(multitask.trainer.weightsSha256()).toBe((await createMultitaskTrainer({ seed: 3 })).weightsSha256())
  const { trainer, controls } = await createTraining({ ...of, config: 'finetune' })
  expect(trainer.weightsSha256()).toBe(plain.weightsSha256())
  expect(trainer.trainStep(0).samples).toEqual({ old: 0, new: 32 })
  const [share] = controls
  expect(share).toMatchObject({ group: 'data', label: 'fraction of old digits in a batch' })
  share?.set([0.5])
  expect([share?.get?.(), trainer.trainStep(1).samples]).toEqual([[0.5], { old: 16, new: 48 }])
})
