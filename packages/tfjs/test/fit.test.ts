import { createMutableState, optimizerActuators } from '@hotcb/actuators'
import { openKernel } from '@hotcb/kernel/node'
import * as layers from '@tensorflow/tfjs-layers'
import { expect, test } from 'vitest'
import { fitCallbacks, tensorflowOptimizer } from '../src/index.ts'
import { command, ledger, runDir, tf } from './support.ts'

function regression(optimizer: tf.Optimizer): {
  readonly model: layers.Sequential
  readonly x: tf.Tensor2D
  readonly y: tf.Tensor2D
} {
  const dense = layers.layers.dense({ units: 1, inputShape: [1], useBias: false, kernelInitializer: 'ones' })
  const model = layers.sequential({ layers: [dense] })
  model.compile({ optimizer, loss: 'meanSquaredError', metrics: ['mae'] })
  return { model, x: tf.ones([8, 1]), y: tf.zeros([8, 1]) }
}

const weightOf = (model: layers.Sequential): number => model.getWeights()[0]?.dataSync()[0] ?? Number.NaN

test('fit is steered between its batches: a change takes effect, and is in the ledger at its step', async () => {
  const dir = runDir()
  const optimizer = tf.train.sgd(0.1)
  const { model, x, y } = regression(optimizer)
  const group = tensorflowOptimizer(tf, optimizer)
  const state = createMutableState(optimizerActuators(group))
  const kernel = openKernel(dir, { state, lookMs: 0 })
  const weights: number[] = []
  const callbacks = fitCallbacks(kernel, model, { maxSteps: 8 })
  await model.fit(x, y, {
    epochs: 2,
    batchSize: 2,
    verbose: 0,
    callbacks: {
      ...callbacks,
      onBatchEnd: async (batch, logs) => {
        weights.push(weightOf(model))
        if (weights.length === 6) command(dir, { module: 'opt', op: 'set_params', params: { lr: 0.25 } })
        await callbacks.onBatchEnd(batch, logs)
      },
    },
  })
  kernel.close()
  // The gradient of the mean squared error is 2w: a factor of 0.8, then of 0.5.
  const factors = weights.map((weight, i) => Number((weight / (weights[i - 1] ?? 1)).toFixed(5)))
  expect(factors).toEqual([0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.5, 0.5])
  expect(ledger(dir).map((line) => [line.step, line.epoch, line.event, line.decision, line.payload])).toEqual([
    [5, 1, 'train_step_end', 'applied', { lr: 0.25 }],
  ])
})

test('batches and epochs appear as steps, events and metrics', async () => {
  const told: unknown[] = []
  const optimizer = tf.train.sgd(0)
  const { model, x, y } = regression(optimizer)
  const kernel = openKernel(runDir(), {
    modules: [
      {
        name: 'watch',
        onEvent: (event, env) => void told.push([event, env.step, env.epoch, env.maxSteps, env.metrics, env.phase]),
      },
    ],
  })
  await model.fit(x, y, {
    epochs: 2,
    initialEpoch: 1,
    batchSize: 4,
    verbose: 0,
    validationData: [x, y],
    callbacks: fitCallbacks(kernel, model, { step: 2, maxSteps: 4, metrics: () => ({ lr: 0 }), env: { model } }),
  })
  kernel.close()
  const batch = { loss: 1, mae: 1, lr: 0 }
  expect(told).toEqual([
    ['train_step_end', 2, 1, 4, batch, 'train'],
    ['train_step_end', 3, 1, 4, batch, 'train'],
    ['val_epoch_end', 3, 1, 4, { epoch_loss: 1, epoch_mae: 1, val_loss: 1, val_mae: 1, lr: 0 }, 'train'],
  ])
})

test('a stop ends fit after its batch', async () => {
  const dir = runDir()
  const { model, x, y } = regression(tf.train.sgd(0.1))
  const kernel = openKernel(dir, { lookMs: 0 })
  const callbacks = fitCallbacks(kernel, model)
  let batches = 0
  await model.fit(x, y, {
    epochs: 50,
    batchSize: 2,
    verbose: 0,
    callbacks: {
      ...callbacks,
      onBatchEnd: async (batch, logs) => {
        if (++batches === 6) command(dir, { module: 'core', op: 'stop', params: { reason: 'enough' } })
        await callbacks.onBatchEnd(batch, logs)
      },
    },
  })
  kernel.close()
  expect(batches).toBe(6)
  expect(kernel.signal.aborted).toBe(true)
})

test('a pause stops fit while the process keeps running, and a resume continues it', async () => {
  const dir = runDir()
  const { model, x, y } = regression(tf.train.sgd(0.1))
  const kernel = openKernel(dir, { lookMs: 0 })
  command(dir, { module: 'core', op: 'pause' })
  let ticks = 0
  let atResume = -1
  let batches = 0
  const callbacks = fitCallbacks(kernel, model)
  const timer = setInterval(() => {
    if (++ticks !== 5) return
    atResume = batches
    command(dir, { module: 'core', op: 'resume' })
  }, 5)
  await model.fit(x, y, {
    epochs: 1,
    batchSize: 2,
    verbose: 0,
    callbacks: {
      ...callbacks,
      onBatchEnd: async (batch, logs) => {
        batches++
        await callbacks.onBatchEnd(batch, logs)
      },
    },
  })
  clearInterval(timer)
  kernel.close()
  expect([atResume, batches]).toEqual([1, 4])
  expect(ledger(dir).map((line) => [line.op, line.decision, line.step])).toEqual([
    ['pause', 'applied', 0],
    ['resume', 'applied', 0],
  ])
})
