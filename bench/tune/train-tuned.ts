import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDigitsTrainer, type OptimizerKind } from '../../packages/demos/src/index.ts'
import { digitsCheckpoints, digitsState, stepMetrics, testMetrics } from '../../packages/demos/src/run/digits-run.ts'
import { openKernel } from '../../packages/kernel/src/node.ts'
import type { Steer } from './tasks.ts'
import type { Final } from './train-constant.ts'

/** A training run that a module may steer. */
export interface Training {
  readonly optimizer: OptimizerKind
  readonly lr: number
  readonly seed: number
  /** The number of steps that may be computed, including those that a rollback undoes. */
  readonly budget: number
  /** Creates the module that steers, given the run directory; null if nothing steers. */
  readonly steer: Steer | null
  /** A rate that someone sets at a step. */
  readonly spoilt?: { readonly step: number; readonly lr: number } | undefined
}

/** The result of a training run, and its ledger. */
export interface Trained extends Final {
  readonly rate: number
  readonly steps: number
  readonly ledger: string
}

/** Trains the digits with a real kernel in its own directory, until the budget is spent. */
export async function trainTuned({ optimizer, lr, seed, budget, steer, spoilt }: Training): Promise<Trained> {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-bench-tune-'))
  const trainer = await createDigitsTrainer({ optimizer, lr, seed })
  let computed = 0
  const count = (steps: number): void => {
    computed += steps
  }
  const kernel = openKernel(dir, {
    state: digitsState(trainer, 'digits'),
    modules: steer === null ? [] : [steer(dir, trainer, count)],
    checkpoints: digitsCheckpoints(trainer),
    log: () => undefined,
  })
  try {
    kernel.continueFrom({ step: 0, maxSteps: budget })
    let step = 0
    let isSpoilt = false
    for (; computed < budget; computed++) {
      if (spoilt !== undefined && step === spoilt.step && !isSpoilt) {
        isSpoilt = true
        kernel.submit({ module: 'opt', op: 'set_params', params: { lr: spoilt.lr }, source: 'cli' })
      }
      const rate = trainer.optimizer.paramGroups[0]?.lr ?? 0
      const result = trainer.trainStep(step)
      const isEpoch = (step + 1) % trainer.stepsPerEpoch === 0
      const metrics = { ...stepMetrics(result, rate), ...(isEpoch ? testMetrics(trainer.evaluate()) : {}) }
      // The run ends when its budget is spent, so after a rollback it ends at an earlier step.
      const env = { step, epoch: Math.floor(step / trainer.stepsPerEpoch), maxSteps: step + budget - computed, metrics }
      const { rewound } = kernel.apply(env, isEpoch ? ['train_step_end', 'val_epoch_end'] : ['train_step_end'])
      step = rewound ?? step + 1
    }
    kernel.close()
    const { loss, accuracy } = trainer.evaluate()
    const rate = trainer.optimizer.paramGroups[0]?.lr ?? 0
    const ledger = readFileSync(join(dir, 'hotcb.applied.jsonl'), 'utf8')
    return { loss: Number.isFinite(loss) ? loss : null, accuracy, rate, steps: step, ledger }
  } finally {
    trainer.dispose()
    rmSync(dir, { recursive: true, force: true })
  }
}
