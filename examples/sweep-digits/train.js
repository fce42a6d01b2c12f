// One trial of a sweep: it reads its parameters, trains in its run directory, and logs its results. With hotcb's kernel in it,
// `herd set`, `herd pause` and `herd log` reach inside; a second attempt continues at its checkpoint.
import { createDigitsTrainer, digitsCheckpoints, digitsState, testMetrics } from '@hotcb/demos'
import { latestCheckpoint, openKernel } from '@hotcb/kernel/node'
import { openMetricsCollector } from '@hotcb/metrics/node'
import { openTrial } from '@hotcb/sweep/trial'

const { params, runDir, logResult } = openTrial()
const maxSteps = Number(process.env.HYPERHERD_MAX_STEPS ?? 360)
const trainer = await createDigitsTrainer({ seed: 1, optimizer: params.optimizer, lr: params.lr })

const checkpoints = digitsCheckpoints(trainer)
const kernel = openKernel(runDir, { state: digitsState(trainer), modules: [openMetricsCollector()], checkpoints })
const checkpoint = latestCheckpoint(runDir)
if (checkpoint !== null) checkpoints.load(checkpoint)
let step = checkpoint?.step ?? 0
kernel.continueFrom({ step, maxSteps }, checkpoint?.snapshot)

while (step < maxSteps) {
  const { loss } = trainer.trainStep(step)
  const isEpoch = (step + 1) % trainer.stepsPerEpoch === 0
  const metrics = { train_loss: loss, ...(isEpoch && testMetrics(trainer.evaluate())) }
  const events = isEpoch ? ['train_step_end', 'val_epoch_end'] : ['train_step_end']
  const { stop, rewound } = kernel.apply({ step, maxSteps, metrics }, events)
  step = rewound ?? step + 1
  // `herd prune` and `herd pause` arrive here.
  if (stop) break
}
kernel.close()

const { loss, accuracy } = trainer.evaluate()
logResult('val_loss', loss)
logResult('val_accuracy', accuracy)
logResult('steps', step)
