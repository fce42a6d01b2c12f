// The digits at a rate that is 60 times too high. The autopilot notices it, goes back to the start, tries lower rates, and the network
// learns. Exits with 1 if the ledger does not show that, or the network has not learned.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMutableState, optimizerActuators } from '@hotcb/actuators'
import { openAutopilot } from '@hotcb/autopilot/node'
import { openKernel } from '@hotcb/kernel/node'
import { tensorflowOptimizer, trainLoop } from '@hotcb/tfjs'
import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-layers'
import { loadDigits } from './digits.mjs'
import { runDirectory } from './story.mjs'

const STEPS = 1200
const BATCH = 48
const RATE = 12

tf.enableProdMode()
const { train, test } = loadDigits()
const matrix = (rows, columns, seed) =>
  tf.variable(tf.tidy(() => tf.mul(tf.randomNormal([rows, columns], 0, 1, 'float32', seed), Math.sqrt(2 / rows))))
const weights = [matrix(64, 32, 1), matrix(32, 10, 2)]
const optimizer = tf.train.sgd(RATE)

const predict = (images) => tf.matMul(tf.relu(tf.matMul(images, weights[0])), weights[1])
const crossEntropy = (images, labels) => tf.neg(tf.mean(tf.sum(tf.mul(labels, tf.logSoftmax(predict(images))), 1)))

// Without these two functions a rescue could only lower the rate.
const checkpoints = {
  save({ dir }) {
    const values = weights.map((weight) => [...weight.dataSync()])
    writeFileSync(join(dir, 'weights.json'), JSON.stringify(values))
  },
  load({ dir }) {
    const values = JSON.parse(readFileSync(join(dir, 'weights.json'), 'utf8'))
    tf.tidy(() => {
      for (const [i, weight] of weights.entries()) weight.assign(tf.tensor2d(values[i], weight.shape))
    })
  },
}

const dir = runDirectory()
const kernel = openKernel(dir, {
  state: createMutableState(optimizerActuators(tensorflowOptimizer(tf, optimizer))),
  checkpoints,
  modules: [openAutopilot({ mode: 'auto' })],
})
kernel.continueFrom({ step: 0, maxSteps: STEPS })
await trainLoop(kernel, {
  maxSteps: STEPS,
  train: (step) => {
    const from = (step * BATCH) % (train.images.shape[0] - BATCH)
    const batch = [tf.slice(train.images, from, BATCH), tf.slice(train.labels, from, BATCH)]
    const train_loss = optimizer.minimize(() => crossEntropy(...batch), true, weights)
    tf.dispose(batch)
    return { train_loss }
  },
})
kernel.close()

const lines = readFileSync(join(dir, 'hotcb.applied.jsonl'), 'utf8').trimEnd().split('\n')
const loads = lines.map((line) => JSON.parse(line)).filter(({ payload }) => payload?.action === 'load')
for (const { step, params, decision } of loads) {
  console.log(`step ${step}: ${decision} load ${params.tag} ${JSON.stringify(params.set)}`)
}
const hits = tf.tidy(() => tf.mean(tf.equal(tf.argMax(predict(test.images), 1), tf.argMax(test.labels, 1))))
const [accuracy] = await hits.data()
console.log(`accuracy ${accuracy.toFixed(3)} on 360 digits; rate ${optimizer.learningRate}; run directory ${dir}`)
assert.ok(loads.length > 0, 'expected the autopilot to go back to a checkpoint')
assert.ok(accuracy > 0.93, `expected an accuracy above 0.93, got ${accuracy}`)
