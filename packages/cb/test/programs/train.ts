// A training loop in a process of its own: `train.ts DIR STEPS [own-rejection]`. What it was told to load stands in the
// directory's command file.
import { openKernel } from '@hotcb/kernel/node'
import { callbacks } from '../../src/node.ts'

const [dir = '.', steps = '20', ending = ''] = process.argv.slice(2)
const kernel = openKernel(dir, { lookMs: 0, modules: [callbacks({ slowMs: 300 })] })
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
