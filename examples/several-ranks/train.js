// Logistic regression on two clouds of points, data-parallel on several ranks, each in its own thread.
//
//   node train.js [RUN] [STEPS] [RANKS]        in another terminal: hotcb --dir RUN set lr=0.5 l2_w=0.001
//
// Ends with 1 when the ranks end with different weights, or when they have not learned.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { createMutableState, lossActuators, optimizerActuators } from '@hotcb/actuators'
import { createCollectiveMemory, latestCheckpoint, openKernel, openThreadCollective } from '@hotcb/kernel/node'
import { openMetricsCollector } from '@hotcb/metrics/node'

const BATCH = 16

// Rank 0 is the main thread: it makes the memory in which the ranks meet, and starts the others with it.
const [runDir = 'run', steps = '2000', ranks = '2'] = process.argv.slice(2)
const team = isMainThread ? startTeam(Number(ranks)) : workerData
const { rank, world } = team
const kernels = openThreadCollective(team.kernelMemory, rank, world)
const gradients = openThreadCollective(team.gradientMemory, rank, world)
const maxSteps = Number(steps)

// Every rank has the same controls, and its own copy of the model.
const optimizer = { paramGroups: [{ lr: 0.1, momentum: 0.9 }] }
const lossWeights = { l2: 0 }
const model = { weights: [0, 0, 0], velocity: [0, 0, 0] }
const state = createMutableState(optimizerActuators(optimizer), lossActuators(lossWeights))
const checkpoints = {
  keep: 2,
  save: ({ dir }) => writeFileSync(join(dir, 'model.json'), JSON.stringify(model)),
  load: ({ dir }) => void Object.assign(model, JSON.parse(readFileSync(join(dir, 'model.json'), 'utf8'))),
}

// Rank 0 reads commands and writes the ledger and metrics; the others follow its decisions.
const modules = rank === 0 ? [openMetricsCollector()] : []
const kernel = openKernel(runDir, { state, checkpoints, modules, collective: kernels })

// All continue from the checkpoint that rank 0 chose.
const [chosen] = gradients.allGather(JSON.stringify(rank === 0 ? latestCheckpoint(runDir) : null))
const checkpoint = JSON.parse(chosen)
if (checkpoint !== null) checkpoints.load(checkpoint)
let step = checkpoint?.step ?? 0
kernel.continueFrom({ step, maxSteps }, checkpoint?.snapshot)

while (step < maxSteps) {
  const { loss, gradient } = gradientOf(step)
  update(gradient)
  // Only rank 0 may ask; its checkpoint holds for all.
  if (rank === 0 && (step + 1) % 500 === 0) {
    kernel.save()
  }
  const metrics = { loss, lr: optimizer.paramGroups[0].lr }
  const { stop, rewound } = kernel.apply({ step, maxSteps, metrics }, ['train_step_end'])
  step = rewound ?? step + 1
  if (stop) break
}
kernel.close()

const all = gradients.allGather(JSON.stringify(model.weights))
if (rank === 0) tell(all)

function startTeam(world) {
  const memory = { world, kernelMemory: createCollectiveMemory(world), gradientMemory: createCollectiveMemory(world) }
  for (let rank = 1; rank < world; rank++) {
    new Worker(new URL(import.meta.url), { workerData: { ...memory, rank }, argv: process.argv.slice(2) })
  }
  return { ...memory, rank: 0 }
}

/** Loss and gradient of the whole batch: each rank computes its part, and all add the parts up in the same order. */
function gradientOf(step) {
  const share = BATCH / world
  const mine = [0, 0, 0, 0]
  for (let at = rank * share; at < (rank + 1) * share; at++) {
    const { x, label } = sample(step * BATCH + at)
    const chance = 1 / (1 + Math.exp(-x.reduce((sum, value, i) => sum + value * model.weights[i], 0)))
    x.forEach((value, i) => {
      mine[i] += ((chance - label) * value) / BATCH
    })
    mine[3] -= Math.log(Math.max(1e-12, label === 1 ? chance : 1 - chance)) / BATCH
  }
  // JSON preserves numbers bit for bit.
  const parts = gradients.allGather(JSON.stringify(mine)).map((text) => JSON.parse(text))
  const sum = parts.reduce((total, part) => total.map((value, i) => value + part[i]))
  return { gradient: sum.slice(0, 3), loss: sum[3] }
}

function update(gradient) {
  const [{ lr, momentum }] = optimizer.paramGroups
  gradient.forEach((slope, i) => {
    model.velocity[i] = momentum * model.velocity[i] + slope + lossWeights.l2 * model.weights[i]
    model.weights[i] -= lr * model.velocity[i]
  })
}

function tell(all) {
  let right = 0
  for (let test = 0; test < 1000; test++) {
    const { x, label } = sample(10_000_000 + test)
    if (x.reduce((sum, value, i) => sum + value * model.weights[i], 0) > 0 === (label === 1)) right++
  }
  const isSame = all.every((weights) => weights === all[0])
  const words = isSame ? 'same weights' : 'DIFFERENT WEIGHTS'
  console.log(`step ${step}: ${(right / 10).toFixed(1)} % right; ${world} ranks, ${words}: ${all[0]}`)
  if (!isSame || right < 900) process.exitCode = 1
}

/** Point number `at` of one of two clouds: a function of its number, so that every rank and every restart sees the same. */
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
