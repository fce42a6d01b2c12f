// The digits with a rate that is 30 times too low, and a tuner that finds a better one.
//
//   node train.js [RUN] [MODE] [STEPS]        then: hotcb --dir RUN tune status
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMutableState, optimizerActuators } from '@hotcb/actuators'
import { createDigitsTrainer } from '@hotcb/demos'
import { openKernel } from '@hotcb/kernel/node'
import { openMetricsCollector } from '@hotcb/metrics/node'
import { openTuner } from '@hotcb/tune/node'

const [runDir = 'run', mode = 'active', steps = '2000'] = process.argv.slice(2)
const maxSteps = Number(steps)
const trainer = await createDigitsTrainer({ lr: 0.05 / 30 })

const kernel = openKernel(runDir, {
  state: createMutableState(optimizerActuators(trainer.optimizer)),
  modules: [openMetricsCollector(), openTuner(runDir, { mode })],
  // With checkpoints the tuner can take back the weights of a bad change too.
  checkpoints: {
    save: ({ dir }) => writeFileSync(join(dir, 'trainer.bin'), trainer.snapshot()),
    load: ({ dir }) => trainer.restore(readFileSync(join(dir, 'trainer.bin'))),
  },
})
kernel.continueFrom({ step: 0, maxSteps })

for (let step = 0; step < maxSteps; ) {
  const { loss } = trainer.trainStep(step)
  const isEpoch = (step + 1) % trainer.stepsPerEpoch === 0
  const metrics = { train_loss: loss, ...(isEpoch && { val_loss: trainer.evaluate().loss }) }
  const events = isEpoch ? ['train_step_end', 'val_epoch_end'] : ['train_step_end']
  const { stop, rewound } = kernel.apply({ step, maxSteps, metrics }, events)
  if (stop) break
  // Where the tuner went back to a checkpoint, training continues from its step.
  step = rewound ?? step + 1
}
kernel.close()
const { loss, accuracy } = trainer.evaluate()
const rate = trainer.optimizer.paramGroups[0].lr
console.log(`rate ${rate}: ${(accuracy * 100).toFixed(1)} % of the test digits correct, loss ${loss.toFixed(3)}`)
