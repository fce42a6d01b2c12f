// Handwritten digits with `model.fit`. At step 90 a command lowers the learning rate; the training applies it between
// two batches. Exits with 1 if the ledger does not show that, or the network has not learned.
import { createMutableState, optimizerActuators } from '@hotcb/actuators'
import { openKernel } from '@hotcb/kernel/node'
import { fitCallbacks, tensorflowOptimizer } from '@hotcb/tfjs'
import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers'
import { loadDigits } from './digits.mjs'
import { check, command, runDirectory } from './story.mjs'

const EPOCHS = 8
const BATCH = 32
const CHANGE_AT = 90

tf.enableProdMode()
const { train, test } = loadDigits()
const seeded = (seed) => initializers.glorotUniform({ seed })
const model = sequential({
  layers: [
    layers.dense({ units: 32, inputShape: [64], activation: 'relu', kernelInitializer: seeded(1) }),
    layers.dense({ units: 10, activation: 'softmax', kernelInitializer: seeded(2) }),
  ],
})
const optimizer = tf.train.momentum(0.1, 0.9)
model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] })

const { paramGroups } = tensorflowOptimizer(tf, optimizer, { clipNorm: 0, weightDecay: 0 })
const dir = runDirectory()
const kernel = openKernel(dir, { state: createMutableState(optimizerActuators({ paramGroups })), lookMs: 0 })
const maxSteps = EPOCHS * Math.ceil(train.images.shape[0] / BATCH)
const callbacks = fitCallbacks(kernel, model, { maxSteps, metrics: () => ({ lr: paramGroups[0].lr }) })

let step = 0
const secondTerminal = {
  onBatchBegin: () => {
    if (step++ === CHANGE_AT) command(dir, { lr: 0.02, clip_norm: 5 })
  },
}
await model.fit(train.images, train.labels, {
  epochs: EPOCHS,
  batchSize: BATCH,
  shuffle: false,
  verbose: 0,
  callbacks: [secondTerminal, callbacks],
})
kernel.close()

const [, accuracy] = model.evaluate(test.images, test.labels)
check(dir, (await accuracy.data())[0], [{ step: CHANGE_AT, payload: { lr: 0.02, clip_norm: 5 } }])
