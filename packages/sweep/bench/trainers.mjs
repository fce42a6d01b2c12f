// Kernels of many trials in one process: every 50 ms each of them makes a step.
import { join } from 'node:path'
import { createMutableState, optimizerActuators } from '@hotcb/actuators'
import { openKernel } from '@hotcb/kernel/node'

const [results = '', count = '16'] = process.argv.slice(2)
const kernels = Array.from({ length: Number(count) }, (_, i) => {
  const state = createMutableState(optimizerActuators({ paramGroups: [{ lr: 0.1 }] }))
  return openKernel(join(results, String(i)), { state, log: () => undefined })
})
for (const kernel of kernels) kernel.continueFrom({ step: 0 })
let step = 0
setInterval(() => {
  for (const kernel of kernels) kernel.apply({ step, metrics: { loss: 1 } }, ['train_step_end'])
  step++
}, 50)
