// A small deterministic training run in a separate process, which is also rewound to its checkpoints. The kill tests for loads
// kill it at any moment. argv: JSON of LoadTraining. Prints its final weights and values as one line of JSON.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { latestCheckpoint, openKernel } from '@hotcb/kernel/node'
import { openMetricsCollector } from '@hotcb/metrics/node'
import { gadget } from '../../../kernel/test/gadget.ts'
import { createControls } from './load-controls.ts'

/** The options of such a training run. */
export interface LoadTraining {
  readonly dir: string
  readonly maxSteps: number
  /** The pause after each step in milliseconds. */
  readonly stepMs: number
  readonly withSchedule: boolean
  readonly checkpointEvery: number
}

const { dir, maxSteps, stepMs, withSchedule, checkpointEvery } = JSON.parse(process.argv[2] ?? '{}') as LoadTraining
const { optimizer, lossWeights, state } = createControls(withSchedule)
const gad = gadget()
let [weights, momentum] = [Array.from({ length: 6 }, (_, index) => Math.sin(index + 1)), Array<number>(6).fill(0)]
const read = (folder: string): void => {
  ;[weights, momentum] = JSON.parse(readFileSync(join(folder, 'weights.json'), 'utf8'))
}
const kernel = openKernel(dir, {
  state,
  lookMs: 0,
  modules: [openMetricsCollector(), gad],
  checkpoints: {
    save: ({ dir: folder }) => writeFileSync(join(folder, 'weights.json'), JSON.stringify([weights, momentum])),
    load({ dir: folder }) {
      read(folder)
      return undefined
    },
  },
})
const checkpoint = latestCheckpoint(dir)
if (checkpoint !== null) read(checkpoint.dir)
let step = checkpoint?.step ?? 0
kernel.continueFrom({ step, maxSteps }, checkpoint?.snapshot)
const cell = new Int32Array(new SharedArrayBuffer(4))
while (step < maxSteps) {
  const loss = trainStep()
  if ((step + 1) % checkpointEvery === 0)
    kernel.submit({ module: 'core', op: 'checkpoint', params: { action: 'save' } })
  if (stepMs > 0) Atomics.wait(cell, 0, 0, stepMs)
  const events = step % 10 === 9 ? ['train_step_end', 'val_end'] : ['train_step_end']
  const { rewound, stop } = kernel.apply({ step, maxSteps, metrics: { loss } }, events)
  if (stop) break
  step = rewound ?? step + 1
}
kernel.close()
const values = [optimizer.paramGroups, lossWeights, gad.state]
process.stdout.write(`${JSON.stringify({ step, weights, momentum, values })}\n`)

/** A different value at any step results in different weights. */
function trainStep(): number {
  let loss = 0
  for (const [index, weight] of weights.entries()) {
    const group = optimizer.paramGroups[index < 3 ? 0 : 1] ?? { lr: 0, momentum: 0 }
    const slope = (lossWeights['pull'] ?? 0) * (weight - Math.sin(step * 0.7 + index)) + (gad.state?.heard ?? 0) * 1e-6
    const twist = (lossWeights['twist'] ?? 0) * Math.cos(3 * weight + step)
    loss += slope * slope
    momentum[index] = bounded(group.momentum * (momentum[index] ?? 0) + slope + twist)
    weights[index] = bounded(weight - group.lr * (momentum[index] ?? 0))
  }
  return loss
}

// Checkpoints are JSON, which cannot represent infinity.
function bounded(value: number): number {
  return Math.max(-1e3, Math.min(1e3, value))
}
