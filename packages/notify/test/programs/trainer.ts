// A real trainer with a real kernel, which takes a step every few milliseconds: `trainer RUN_DIR`.
import { createMutableState, optimizerActuators } from '@hotcb/actuators'
import { openKernel } from '@hotcb/kernel/node'

const dir = process.argv[2] ?? '.'
const kernel = openKernel(dir, { state: createMutableState(optimizerActuators({ paramGroups: [{ lr: 0.1 }] })) })
kernel.continueFrom({ step: 0 })
for (let step = 0; ; step++) {
  const { stop } = await kernel.applyAsync({ step }, ['train_step_end'])
  if (step === 0) process.stdout.write('ready\n')
  if (stop) break
  await new Promise((resolve) => setTimeout(resolve, 2))
}
kernel.close()
