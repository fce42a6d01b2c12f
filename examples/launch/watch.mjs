// Ten lines that start a training run, watch it, change it, wait for it and read the result.
import { launch } from 'hotcb'

const run = await launch({
  config: 'simple',
  runDir: process.argv[2],
  maxSteps: 400,
  stepDelaySeconds: 0.03,
  serve: false,
  seed: 1,
})
for await (const event of run.events()) {
  if (event.kind === 'step' && event.step >= 20) break
}
const { step, decision } = await run.set({ lr: 0.01 }, { note: 'slower' })
const { exitCode, metrics } = await run.wait()
console.log(
  `lr changed at step ${step}: ${decision}; exit code ${exitCode}, ${run.history('train_loss').length} losses`,
)
console.log(`test loss ${metrics.val_loss.toFixed(3)}`)
