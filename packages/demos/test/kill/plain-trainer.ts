// A small deterministic training run in a separate process, steered by a kernel, which the kill tests kill and restart.
// argv: JSON of PlainTraining. Prints the SHA-256 of the final weights.
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMutableState, lossActuators, optimizerActuators } from '@hotcb/actuators'
import { latestCheckpoint, openKernel } from '@hotcb/kernel/node'
import { openMetricsCollector } from '@hotcb/metrics/node'

const { dir, maxSteps, stepMs, checkpointEvery, fromNothing } = JSON.parse(process.argv[2] ?? '{}') as {
  readonly dir: string
  readonly maxSteps: number
  readonly stepMs: number
  readonly checkpointEvery: number
  readonly fromNothing: boolean
}

const weights = Float64Array.from({ length: 12 }, (_, index) => Math.sin(index + 1))
const momentum = new Float64Array(12)
const optimizer = {
  paramGroups: [
    { name: 'body', lr: 0.02, weightDecay: 0.001, momentum: 0.9 },
    { name: 'head', lr: 0.04, weightDecay: 0, momentum: 0.8 },
  ],
}
const lossWeights: Record<string, number> = { pull: 1, twist: 0.1 }
const state = createMutableState(
  optimizerActuators(optimizer, { schedule: (step) => [0.02 + 0.01 * Math.cos(step / 40), 0.04] }),
  lossActuators(lossWeights),
)
const kernel = openKernel(dir, {
  state,
  modules: [openMetricsCollector()],
  checkpoints: {
    keep: 3,
    save: ({ dir: folder }) =>
      writeFileSync(join(folder, 'weights.json'), JSON.stringify([[...weights], [...momentum]])),
  },
})

const checkpoint = fromNothing ? null : latestCheckpoint(dir)
if (checkpoint !== null) {
  const [savedWeights, savedMomentum] = JSON.parse(readFileSync(join(checkpoint.dir, 'weights.json'), 'utf8'))
  weights.set(savedWeights)
  momentum.set(savedMomentum)
}
const first = checkpoint?.step ?? 0
kernel.continueFrom({ step: first, maxSteps }, checkpoint?.modules)
const cell = new Int32Array(new SharedArrayBuffer(4))
for (let step = first; step < maxSteps; step++) {
  const loss = trainStep(step)
  if ((step + 1) % checkpointEvery === 0) {
    kernel.save()
  }
  if (stepMs > 0) Atomics.wait(cell, 0, 0, stepMs)
  if (kernel.apply({ step, maxSteps, metrics: { loss } }, ['train_step_end']).stop) break
}
kernel.close()
process.stdout.write(createHash('sha256').update(weights).update(momentum).digest('hex'))

/** A different value at any step results in different weights. */
function trainStep(step: number): number {
  let loss = 0
  for (const [index, weight] of weights.entries()) {
    const group = optimizer.paramGroups[index < 8 ? 0 : 1] ?? { lr: 0, weightDecay: 0, momentum: 0 }
    const target = Math.sin(step * 0.7 + index)
    const slope =
      (lossWeights['pull'] ?? 0) * (weight - target) + (lossWeights['twist'] ?? 0) * Math.cos(3 * weight + step)
    loss += slope * slope
    momentum[index] = group.momentum * (momentum[index] ?? 0) + slope + group.weightDecay * weight
    weights[index] = weight - group.lr * (momentum[index] ?? 0)
  }
  return loss
}
