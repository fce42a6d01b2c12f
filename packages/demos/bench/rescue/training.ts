import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AutopilotLog, createAutopilot } from '@hotcb/autopilot'
import { openKernel } from '@hotcb/kernel/node'
import { corrupt as corruptBatches } from '../../../bench/src/task.ts'
import { createDigitsTrainer } from '../../src/index.ts'
import { digitsCheckpoints, digitsControls, digitsState, stepMetrics, testMetrics } from '../../src/run/digits-run.ts'

/** One digits training run, with one learning rate and one seed. */
export interface Training {
  readonly seed: number
  readonly lr: number
  readonly optimizer?: 'sgd' | 'adam'
  /** Whether the default rules act. */
  readonly hasRules: boolean
  /** The first and last place of the corrupted batches. Their labels belong to other images, and their images are ten times as bright. */
  readonly corrupt?: readonly [from: number, to: number]
  /** The number of computed steps, including those that a rescue undoes. */
  readonly budget: number
}

export interface Trained {
  /** The test loss at the end, at most the loss at chance, which is also used if the loss is not finite. */
  readonly loss: number
  /** Whether rules paused the run to ask for approval. */
  readonly isPaused: boolean
  /** `step rule` of each action that rules took without approval. */
  readonly acted: readonly string[]
  /** `step rule` of each action that they proposed. */
  readonly asked: readonly string[]
}

/** The loss of a network that guesses: ten classes. */
export const CHANCE: number = Math.log(10)

/** Trains with a real kernel on real files, without pauses. */
export async function train(training: Training): Promise<Trained> {
  const { seed, lr, optimizer = 'sgd', hasRules, corrupt, budget } = training
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-rescue-'))
  const onBatch = corrupt === undefined ? undefined : corruptBatches(...corrupt)
  const trainer = await createDigitsTrainer({ seed, lr, optimizer, ...(onBatch !== undefined && { onBatch }) })
  const acted: string[] = []
  const asked: string[] = []
  const log = (): AutopilotLog => memoryLog(acted, asked)
  const rules = hasRules ? [createAutopilot({ mode: 'auto', hasDataSkip: true, log })] : []
  const kernel = openKernel(dir, {
    state: digitsState(trainer, 'digits'),
    checkpoints: digitsCheckpoints(trainer),
    modules: [digitsControls(trainer), ...rules],
    sleep: {},
  })
  try {
    kernel.continueFrom({ step: 0, maxSteps: budget })
    let step = 0
    let isPaused = false
    for (let computed = 0; computed < budget && !isPaused; computed++) {
      const rate = trainer.optimizer.paramGroups[0]?.lr ?? Number.NaN
      const metrics = stepMetrics(trainer.trainStep(step), rate)
      const isEpochEnd = (step + 1) % trainer.stepsPerEpoch === 0
      const all = isEpochEnd ? { ...metrics, ...testMetrics(trainer.evaluate()) } : metrics
      const epoch = Math.floor(step / trainer.stepsPerEpoch)
      const result = kernel.apply({ step, epoch, maxSteps: budget, metrics: all }, ['train_step_end'])
      isPaused = result.paused
      step = result.rewound ?? step + 1
    }
    const { loss } = trainer.evaluate()
    return { loss: Number.isFinite(loss) ? Math.min(loss, CHANCE) : CHANCE, isPaused, acted, asked }
  } finally {
    kernel.close()
    trainer.dispose()
    rmSync(dir, { recursive: true, force: true })
  }
}

function memoryLog(acted: string[], asked: string[]): AutopilotLog {
  return {
    n: 1,
    past: [],
    append(lines) {
      for (const { kind, step, rule_id: rule, data } of lines) {
        if (kind === 'proposed') (data?.['auto'] === true ? acted : asked).push(`${step} ${rule}`)
      }
      return true
    },
    close: () => undefined,
  }
}
