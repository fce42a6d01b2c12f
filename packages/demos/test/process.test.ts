import { expect, test } from 'vitest'
import { createDigitsTrainer, type DigitsTrainer, type DigitsTrainerOptions } from '../src/index.ts'
import { bits, runScript } from './support.ts'

const TRAIN = new URL('./fixtures/train.mjs', import.meta.url)
const IMPORT_ROOT = new URL('./fixtures/import-root.mjs', import.meta.url)
const ADAM: DigitsTrainerOptions = { seed: 5, optimizer: 'adam', lossWeights: { activity: 0.01, label_smoothing: 0.1 } }

test('two processes and this one compute bit-identical losses', async () => {
  const job = JSON.stringify({ options: ADAM, from: 0, to: 150 })
  const [first, second] = await Promise.all([runScript(TRAIN, job), runScript(TRAIN, job)])
  const here = trainHere(await createDigitsTrainer(ADAM), 0, 150)
  expect(second).toEqual(first)
  expect(here).toEqual(first)
})

test('a process that starts from a snapshot continues as if nothing had happened', async () => {
  const trainer = await createDigitsTrainer(ADAM)
  for (let step = 0; step < 67; step++) trainer.trainStep(step)
  const restore = Buffer.from(trainer.snapshot()).toString('base64')
  const rest = trainHere(trainer, 67, 120)
  expect(await runScript(TRAIN, JSON.stringify({ options: ADAM, from: 67, to: 120, restore }))).toEqual(rest)
})

// Recorded with Node 20, 22 and 24. It changes only if earlier runs can no longer be reproduced.
test('the weights for seed 0 after 100 steps equal the recorded ones', async () => {
  const trainer = await createDigitsTrainer({ seed: 0 })
  const { weights } = trainHere(trainer, 0, 100)
  expect(weights).toBe('f7d1b361e29f6613d6949d43cc63fd50af3ebbafad8cd6db9f6276d91384c310')
})

test('importing the package does not load jax-js, but creating a trainer does', async () => {
  expect(await runScript(IMPORT_ROOT)).toEqual({
    names: [
      'DemoError',
      'LOSS_TERMS',
      'createDigitsTrainer',
      'createFinetuneTrainer',
      'createMultitaskTrainer',
      'digitsCheckpoints',
      'digitsControls',
      'digitsState',
      'digitsTwin',
      'launchTrainings',
      'oldShareControl',
      'runDemo',
      'stepMetrics',
      'testMetrics',
    ],
    trainer: 'import of @jax-js/jax refused',
  })
})

function trainHere(
  trainer: DigitsTrainer,
  from: number,
  to: number,
): { losses: string[]; weights: string; test: string } {
  const losses: string[] = []
  for (let step = from; step < to; step++) losses.push(bits(trainer.trainStep(step).loss))
  return { losses, weights: trainer.weightsSha256(), test: bits(trainer.evaluate().loss) }
}
