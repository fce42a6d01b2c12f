// A real trainer on a real kernel: `trainer-program.ts RUN_DIR`.
import { createMutableState, optimizerActuators } from '@hotcb/actuators'
import { openKernel } from '@hotcb/kernel/node'

const dir = process.argv[2] ?? '.'
const optimizer = { paramGroups: [{ lr: 0.1 }, { lr: 0.2 }] }
const kernel = openKernel(dir, { state: createMutableState(optimizerActuators(optimizer)) })
kernel.continueFrom({ step: 0 })
for (let step = 0; ; step++) {
  const { stop } = await kernel.applyAsync({ step }, ['train_step_end'])
  if (step === 0) process.stdout.write('training\n')
  if (stop) break
  await new Promise((resolve) => setTimeout(resolve, 2))
}
kernel.close()
