// The digits with a rate that is 30 times too low, and the tuner. It raises the rate while the network trains, and judges each change
// against the same steps without it: that is what `evaluateFrom` is for. Exits with 1 if the rate was not raised, or the network has
// not learned.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMutableState, optimizerActuators } from '@hotcb/actuators'
import { openKernel } from '@hotcb/kernel/node'
import { tensorflowOptimizer, trainLoop } from '@hotcb/tfjs'
import { openTuner } from '@hotcb/tune/node'
import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
// The layers package registers the gradients of the operations; `@tensorflow/tfjs` includes both.
import '@tensorflow/tfjs-layers'
import { loadDigits } from './digits.mjs'
import { runDirectory } from './story.mjs'

const STEPS = 360
const BATCH = 48
const START_RATE = 0.5 / 30

tf.enableProdMode()
const { train, test } = loadDigits()
const stepsPerEpoch = Math.floor(train.images.shape[0] / BATCH)

/** A network of two layers with plain gradient descent: its weights are all that a checkpoint needs. */
function createNetwork(rate) {
  const matrix = (rows, columns, seed) =>
    tf.variable(tf.tidy(() => tf.mul(tf.randomNormal([rows, columns], 0, 1, 'float32', seed), Math.sqrt(2 / rows))))
  const weights = [matrix(64, 32, 1), matrix(32, 10, 2)]
  const [hidden, output] = weights
  const optimizer = tf.train.sgd(rate)
  const lossOf = (images, labels) =>
    tf.neg(tf.mean(tf.sum(tf.mul(labels, tf.logSoftmax(tf.matMul(tf.relu(tf.matMul(images, hidden)), output))), 1)))
  return {
    optimizer,
    // The batch follows from the step alone, so that the same step trains on the same data again.
    trainStep(step) {
      const from = (step % stepsPerEpoch) * BATCH
      const batch = [tf.slice(train.images, from, BATCH), tf.slice(train.labels, from, BATCH)]
      const loss = optimizer.minimize(() => lossOf(...batch), true, weights)
      tf.dispose(batch)
      return scalarOf(loss)
    },
    evaluate: () => scalarOf(tf.tidy(() => lossOf(test.images, test.labels))),
    save: (path) => writeFileSync(path, JSON.stringify(weights.map((one) => [...one.dataSync()]))),
    load(path) {
      for (const [i, values] of JSON.parse(readFileSync(path, 'utf8')).entries()) {
        tf.tidy(() => weights[i].assign(tf.tensor(values, weights[i].shape)))
      }
    },
  }
}

function scalarOf(tensor) {
  const [value] = tensor.dataSync()
  tensor.dispose()
  return value
}

const isEpochEnd = (step) => (step + 1) % stepsPerEpoch === 0
const network = createNetwork(START_RATE)
const fileOf = ({ dir }) => join(dir, 'weights.json')

/** Trains the steps since a checkpoint again, on a second network. */
function evaluateFrom({ checkpoint, ops, steps }) {
  const copy = createNetwork(START_RATE)
  copy.load(fileOf(checkpoint))
  for (const { params } of ops) copy.optimizer.setLearningRate(params.lr)
  return Array.from({ length: steps }, (_, i) => {
    const step = checkpoint.step + i
    copy.trainStep(step)
    return { step, metrics: isEpochEnd(step) ? { val_loss: copy.evaluate() } : {} }
  })
}

const dir = runDirectory()
writeFileSync(
  join(dir, 'hotcb.tune.recipe.yaml'),
  'objective: { primary: val_loss }\nactuators: { opt: { keys: { lr: { bounds: [0.3, 3], range: [0.001, 2] } } } }\nacceptance: { twin: true }\n',
)
const kernel = openKernel(dir, {
  state: createMutableState(optimizerActuators(tensorflowOptimizer(tf, network.optimizer))),
  modules: [openTuner(dir, { mode: 'active', evaluateFrom })],
  checkpoints: { save: (request) => network.save(fileOf(request)), load: (request) => network.load(fileOf(request)) },
})
kernel.continueFrom({ step: 0, maxSteps: STEPS })
await trainLoop(kernel, {
  maxSteps: STEPS,
  train: (step) => ({ train_loss: network.trainStep(step), ...(isEpochEnd(step) && { val_loss: network.evaluate() }) }),
  events: (step) => (isEpochEnd(step) ? ['train_step_end', 'val_epoch_end'] : ['train_step_end']),
})
kernel.close()

const lines = readFileSync(join(dir, 'hotcb.applied.jsonl'), 'utf8').trimEnd().split('\n')
const judged = lines.map((line) => JSON.parse(line)).filter(({ module, op }) => module === 'tune' && op === 'judge')
for (const { step, payload } of judged) {
  const { m, decision, effect } = payload
  const beside = effect === undefined ? '' : `: val_loss ${effect.with} with it, ${effect.without} without it`
  console.log(`step ${step}: ${m} ${decision}${beside}`)
}
const loss = network.evaluate()
const rate = network.optimizer.learningRate
console.log(`rate ${START_RATE.toFixed(4)} -> ${rate}, loss ${loss.toFixed(3)}; run directory ${dir}`)
assert.ok(rate > 2 * START_RATE, `expected a higher rate, got ${rate}`)
assert.ok(loss < 0.5, `expected a loss below 0.5, got ${loss}`)
