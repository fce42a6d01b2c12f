// Tunes the digits network: optimizer with its own parameters, layers, batch. ASHA stops unpromising trials early. node
// tune.js [trials] [steps of a whole training]
import { createDigitsTrainer } from '@hotcb/demos'
import { ashaPruner, branch, createStudy, float, int, optimize, ordered, tpe } from 'hyperopt-ts'
import { importance } from 'hyperopt-ts/analysis'

const [trials = 24, steps = 800] = process.argv.slice(2).map(Number)

const study = createStudy({
  space: {
    optimizer: branch({
      sgd: { lr: float(1e-3, 1, { log: true }), momentum: float(0, 0.99) },
      adam: { lr: float(1e-5, 0.1, { log: true }) },
    }),
    width: int(8, 96, { log: true }),
    batch: ordered([8, 16, 32, 64]),
    smoothing: float(0, 0.3),
  },
  direction: 'minimize',
  sampler: tpe(),
  pruner: ashaPruner({ minResource: steps / 16, reduction: 2 }),
  seed: 1,
})

let trained = 0

async function train(trial) {
  const { optimizer, width, batch, smoothing } = trial.params
  const trainer = await createDigitsTrainer({
    seed: 1,
    optimizer: optimizer.kind,
    lr: optimizer.lr,
    ...(optimizer.kind === 'sgd' ? { momentum: optimizer.momentum } : {}),
    hidden: [width, width],
    batchSize: batch,
    lossWeights: { label_smoothing: smoothing },
  })
  try {
    const every = Math.max(1, Math.round(steps / 16))
    for (let step = 1; step <= steps; step++) {
      trainer.trainStep(step - 1)
      trained += 1
      if (step % every === 0 && study.report(trial, step, trainer.evaluate().loss)) return 'pruned'
    }
    return trainer.evaluate().loss
  } finally {
    trainer.dispose()
  }
}

await optimize(
  study,
  async (trial) => {
    const outcome = await train(trial)
    const shown =
      typeof outcome === 'number' ? `loss ${outcome.toFixed(4)}` : `stopped at step ${trial.reports.at(-1)?.step}`
    console.log(`${String(trial.number).padStart(3)}  ${shown.padEnd(20)} ${JSON.stringify(trial.params)}`)
    return outcome
  },
  { trials },
)

console.log(`best of ${trials}: loss ${study.best?.value.toFixed(4)} with ${JSON.stringify(study.best?.params)}`)
console.log(
  `steps trained: ${Math.round((100 * trained) / (trials * steps))} % of what whole trainings would have taken`,
)
if (trials >= 10) {
  const shares = importance(study).map(({ path, share }) => `${path} ${Math.round(100 * share)} %`)
  console.log(`importance: ${shares.join(', ')}`)
}
