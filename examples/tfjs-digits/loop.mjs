// The same digits in a custom loop: Adam, two weight matrices, a loss of two terms whose second is warmed up while the
// network trains. Exits with 1 if the ledger does not show that, or the network has not learned.
import { createMutableState, lossActuators, optimizerActuators } from '@hotcb/actuators'
import { openKernel } from '@hotcb/kernel/node'
import { tensorflowOptimizer, trainLoop } from '@hotcb/tfjs'
import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
// The layers package registers the gradients of the operations; `@tensorflow/tfjs` includes both.
import '@tensorflow/tfjs-layers'
import { loadDigits } from './digits.mjs'
import { check, command, runDirectory } from './story.mjs'

const STEPS = 300
const BATCH = 48

tf.enableProdMode()
const { train, test } = loadDigits()
const matrix = (rows, columns, seed) =>
  tf.variable(tf.tidy(() => tf.mul(tf.randomNormal([rows, columns], 0, 1, 'float32', seed), Math.sqrt(2 / rows))))
const hidden = matrix(64, 32, 1)
const output = matrix(32, 10, 2)
const optimizer = tf.train.adam(0.01)
const weights = { cross_entropy: 1, smallness: 0 }

const predict = (images) => tf.matMul(tf.relu(tf.matMul(images, hidden)), output)
const losses = (images, labels) => {
  const logits = predict(images)
  const crossEntropy = tf.neg(tf.mean(tf.sum(tf.mul(labels, tf.logSoftmax(logits)), 1)))
  const smallness = tf.mean(tf.square(logits))
  return tf.add(tf.mul(weights.cross_entropy, crossEntropy), tf.mul(weights.smallness, smallness))
}

const dir = runDirectory()
const state = createMutableState(optimizerActuators(tensorflowOptimizer(tf, optimizer)), lossActuators(weights))
const kernel = openKernel(dir, { state, lookMs: 0 })
kernel.continueFrom({ step: 0, maxSteps: STEPS })
await trainLoop(kernel, {
  maxSteps: STEPS,
  train: (step) => {
    if (step === 100) command(dir, { lr: 0.003, 'ramps.smallness': { steps: 100, end: 0.01, type: 'cosine' } })
    const from = (step * BATCH) % (train.images.shape[0] - BATCH)
    const batch = [tf.slice(train.images, from, BATCH), tf.slice(train.labels, from, BATCH)]
    const loss = optimizer.minimize(() => losses(...batch), true, [hidden, output])
    tf.dispose(batch)
    return { loss }
  },
})
kernel.close()

const hits = tf.tidy(() => tf.mean(tf.equal(tf.argMax(predict(test.images), 1), tf.argMax(test.labels, 1))))
const ramp = { type: 'cosine', steps: 100, start: 0, end: 0.01, first_step: 100 }
check(dir, (await hits.data())[0], [{ step: 100, payload: { lr: 0.003, 'ramps.smallness': ramp } }])
