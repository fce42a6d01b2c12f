// A training loop in its own process: `train.ts DIR STEPS [own-rejection]`. The commands that load callbacks are in the
// directory's command file.
import { openKernel } from '@hotcb/kernel/node'
import { openCallbacks } from '../../src/node.ts'

const [dir = '.', steps = '20', ending = ''] = process.argv.slice(2)
const kernel = openKernel(dir, { lookMs: 0, modules: [openCallbacks({ slowMs: 300 })] })
for (let step = 0; step < Number(steps); step++) {
  kernel.apply({ step, metrics: { loss: 1 / (step + 1) } }, ['train_step_end'])
  await new Promise((resolve) => setTimeout(resolve, 2))
}
if (ending === 'own-rejection') {
  void Promise.reject(new Error('the trainer itself is wrong'))
  await new Promise((resolve) => setTimeout(resolve, 50))
}
kernel.close()
process.stdout.write('trained\n')
