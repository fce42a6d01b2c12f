// Logistic regression on two clouds of points, in a loop without any framework: controls, metrics, checkpoints, restart.
//
//   node train.js [RUN] [STEPS]        in another terminal: hotcb --dir RUN set lr=0.5 l2_w=0.001
//
// When started again, it continues from its last checkpoint. Exits with 1 if it has not learned.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMutableState, lossActuators, optimizerActuators } from '@hotcb/actuators'
import { latestCheckpoint, openKernel } from '@hotcb/kernel/node'
import { openMetricsCollector } from '@hotcb/metrics/node'

const [runDir = 'run', steps = '2000'] = process.argv.slice(2)
const maxSteps = Number(steps)

// An optimizer is anything with parameter groups; loss weights are any object of numbers.
const optimizer = { paramGroups: [{ lr: 0.1, momentum: 0.9 }] }
const lossWeights = { l2: 0 }
const model = { weights: [0, 0, 0], velocity: [0, 0, 0] }

const kernel = openKernel(runDir, {
  state: createMutableState(optimizerActuators(optimizer), lossActuators(lossWeights)),
  modules: [openMetricsCollector()],
  checkpoints: {
    keep: 2,
    save: ({ dir }) => writeFileSync(join(dir, 'model.json'), JSON.stringify(model)),
    load: ({ dir }) => void Object.assign(model, JSON.parse(readFileSync(join(dir, 'model.json'), 'utf8'))),
  },
})

// Controls first, then the checkpoint: the kernel folds the history of changes from the values at registration.
const checkpoint = latestCheckpoint(runDir)
if (checkpoint !== null) Object.assign(model, JSON.parse(readFileSync(join(checkpoint.dir, 'model.json'), 'utf8')))
let step = checkpoint?.step ?? 0
kernel.continueFrom({ step, maxSteps }, checkpoint?.snapshot)

while (step < maxSteps) {
  const metrics = trainStep(step)
  if ((step + 1) % 500 === 0) kernel.save()
  const { stop, rewound } = kernel.apply({ step, maxSteps, metrics }, ['train_step_end'])
  step = rewound ?? step + 1
  if (stop) break
}
kernel.close()

const right = accuracy()
console.log(
  `step ${step}: ${(100 * right).toFixed(1)} % right, weights ${model.weights.map((w) => w.toFixed(3)).join(' ')}`,
)
if (step === maxSteps && right < 0.9) process.exitCode = 1

function trainStep(step) {
  const { x, label } = sample(step)
  const logit = x.reduce((sum, value, i) => sum + value * model.weights[i], 0)
  const error = 1 / (1 + Math.exp(-logit)) - label
  const [{ lr, momentum }] = optimizer.paramGroups
  for (const i of model.weights.keys()) {
    const slope = error * x[i] + lossWeights.l2 * model.weights[i]
    model.velocity[i] = momentum * model.velocity[i] + slope
    model.weights[i] -= lr * model.velocity[i]
  }
  return { loss: -Math.log(Math.max(1e-12, label === 1 ? 1 + error : -error + 1)), lr }
}

function accuracy() {
  let right = 0
  for (let test = 0; test < 1000; test++) {
    const { x, label } = sample(1_000_000 + test)
    if (x.reduce((sum, value, i) => sum + value * model.weights[i], 0) > 0 === (label === 1)) right++
  }
  return right / 1000
}

/** Point number `at` of one of two clouds: a function of its number, so that a restart sees the same ones. */
function sample(at) {
  const label = noise(at, 0) < 0.5 ? 0 : 1
  const spread = (axis) => (noise(at, axis) + noise(at, axis + 1) + noise(at, axis + 2) - 1.5) * 1.2
  return { x: [1, (label ? 1 : -1) + spread(1), (label ? 0.5 : -0.5) + spread(4)], label }
}

function noise(at, axis) {
  let mixed = Math.imul(at + 1, 0x9e3779b1) ^ Math.imul(axis + 1, 0x85ebca77)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d)
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39)
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
}
