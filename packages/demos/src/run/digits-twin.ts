import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EvaluateFrom, TwinStep } from '@hotcb/tune'
import type { AnyTrainer } from './create-training.ts'
import { digitsState, SNAPSHOT_FILE, testMetrics } from './digits-run.ts'

/**
 * Retrains steps of a digits training run for the tuner. It uses a second trainer, so that the first one is not changed.
 * The second is as fast as the first, which waits for it.
 *
 * It cannot be used under a schedule, because the rates would have to be those of each step.
 */
export function digitsTwin(trainer: AnyTrainer): EvaluateFrom {
  let fork: AnyTrainer | null = null
  return ({ checkpoint, ops, steps }) => {
    fork ??= trainer.fork()
    copySettings(trainer, fork)
    fork.restore(readFileSync(join(checkpoint.dir, SNAPSHOT_FILE)))
    const state = digitsState(fork, 'digits')
    for (const op of ops) {
      const outcome = state.apply({ ...op, id: 'main' }, { step: checkpoint.step, total: null })
      if (!outcome.ok) throw new Error(outcome.error)
    }
    return trainAgain(fork, checkpoint.step, steps)
  }
}

function trainAgain(trainer: AnyTrainer, first: number, steps: number): readonly TwinStep[] {
  const reported: TwinStep[] = []
  for (let step = first; step < first + steps; step++) {
    trainer.trainStep(step)
    if ((step + 1) % trainer.stepsPerEpoch === 0) reported.push({ step, metrics: testMetrics(trainer.evaluate()) })
  }
  return reported
}

function copySettings(from: AnyTrainer, to: AnyTrainer): void {
  Object.assign(to.lossWeights, from.lossWeights)
  Object.assign(to.lossTerms, from.lossTerms)
  for (const [index, { params: _, ...settings }] of from.optimizer.paramGroups.entries()) {
    Object.assign(to.optimizer.paramGroups[index] ?? {}, settings)
  }
}
