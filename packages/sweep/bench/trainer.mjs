// A trial with a kernel: every 50 ms it makes a step, until it is asked to stop. Its state is one number.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMutableState, optimizerActuators } from '@hotcb/actuators'
import { latestCheckpoint, openKernel } from '@hotcb/kernel/node'

const [dir = '.'] = process.argv.slice(2)
const state = createMutableState(optimizerActuators({ paramGroups: [{ lr: 0.1 }] }))
let weight = 0
const checkpoints = {
  save: ({ dir: to }) => writeFileSync(join(to, 'weight'), String(weight)),
  load: ({ dir: from }) => {
    weight = Number(readFileSync(join(from, 'weight'), 'utf8'))
  },
}
const kernel = openKernel(dir, { state, checkpoints, log: () => undefined })
const checkpoint = latestCheckpoint(dir)
if (checkpoint !== null) checkpoints.load(checkpoint)
let step = checkpoint?.step ?? 0
kernel.continueFrom({ step }, checkpoint?.snapshot)
console.log(`starts at step ${step} with weight ${weight}`)
const timer = setInterval(() => {
  weight++
  const { stop, rewound } = kernel.apply({ step, metrics: { loss: 1 / weight } }, ['train_step_end'])
  step = rewound ?? step + 1
  if (!stop) return
  clearInterval(timer)
  kernel.close()
}, 50)
