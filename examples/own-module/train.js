// Linear regression with noise on its inputs, which can be changed while it runs.
//
//   node train.js [RUN] [STEPS] [MS_A_STEP]        in another terminal: hotcb --dir RUN noise use gauss --strength 0.2
import { createMutableState, optimizerActuators } from '@hotcb/actuators'
import { openKernel } from '@hotcb/kernel/node'
import { openMetricsCollector } from '@hotcb/metrics/node'
import { inputNoise } from './input-noise.js'

const [runDir = 'run', steps = '2000', msAStep = '0'] = process.argv.slice(2)
const maxSteps = Number(steps)
const optimizer = { paramGroups: [{ lr: 0.05 }] }
const noise = inputNoise(Math.random)
const weights = [0, 0]

const kernel = openKernel(runDir, {
  state: createMutableState(optimizerActuators(optimizer)),
  modules: [noise.module, openMetricsCollector()],
})
kernel.continueFrom({ step: 0, maxSteps })

for (let step = 0; step < maxSteps; step++) {
  const x = Math.sin(step)
  const [noisy = x] = noise.add([x])
  const error = weights[0] * noisy + weights[1] - (3 * x + 1)
  weights[0] -= optimizer.paramGroups[0].lr * error * noisy
  weights[1] -= optimizer.paramGroups[0].lr * error
  await new Promise((resolve) => setTimeout(resolve, Number(msAStep)))
  if (kernel.apply({ step, maxSteps, metrics: { loss: error ** 2 } }, ['train_step_end']).stop) break
}
kernel.close()
console.log(`y = ${weights[0].toFixed(3)} x + ${weights[1].toFixed(3)}`)
