import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { digitsCheckpoints, digitsControls, digitsState, stepMetrics, testMetrics } from '@hotcb/demos'
import { replaceDocument } from '@hotcb/journal'
import { openKernel } from '@hotcb/kernel/node'
import { type LedgerLine, runFiles } from '@hotcb/protocol'
import type { Arm, Steered } from './arm.ts'
import { ledgerIn } from './ledger.ts'
import type { Task } from './task.ts'

/** How a training run ended. */
export interface Trained {
  /** The final cross entropy on the test set, capped at that of a network that guesses. The cap also replaces NaN. */
  readonly loss: number
  readonly accuracy: number
  /** The number of computed steps, including those that a rollback undid and those of twins. */
  readonly steps: number
  /** The step at which it ended. It is less than `steps` if steps were undone. */
  readonly last: number
  readonly actions: number
  readonly seconds: number
  readonly usd: number
  readonly tokens: number
  readonly weights: string
}

/** The loss of a network that guesses among ten classes. */
export const CHANCE: number = Math.log(10)

/**
 * A trainer that has seen only some digits would evaluate only those. Here, a training run that ended early is evaluated like any other.
 */
const ALL_DIGITS: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]

/** One training run of a task under an arm. */
export interface Training {
  readonly task: Task
  readonly arm: Arm
  readonly seed: number
  /** The number of steps that may be computed. */
  readonly budget: number
  /** Seconds of a clock that only goes forward. */
  readonly clock: () => number
  /** Called with the ledger before the run directory is removed. */
  readonly onLedger?: (lines: readonly LedgerLine[]) => void
}

/** Trains with a real kernel on real files, in its own directory, until the budget is spent. */
export async function train({ task, arm, seed, budget, clock, onLedger }: Training): Promise<Trained> {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-bench-'))
  const allowed = (await arm.prepare?.({ dir, task, seed, budget, clock })) ?? budget
  const { trainer, controls } = await task.create(seed, arm.factor ?? 1)
  const spent = { steps: 0, actions: 0 }
  const steered: Steered = {
    dir,
    task,
    trainer,
    seed,
    count: (steps) => {
      spent.steps += steps
    },
    acted: () => {
      spent.actions++
    },
  }
  const state = digitsState(trainer, 'digits', controls)
  const kernel = openKernel(dir, {
    state,
    checkpoints: digitsCheckpoints(trainer),
    modules: [...(task.hasDataSkip ? [digitsControls(trainer)] : []), ...(arm.modules?.(steered) ?? [])],
    log: () => undefined,
    sleep: {},
    // Commands from outside are read at every step, regardless of the clock.
    lookMs: 0,
  })
  const beside = arm.beside?.(steered) ?? null
  const isOver = arm.stopper?.() ?? (() => false)
  const start = clock()
  try {
    kernel.continueFrom({ step: 0, maxSteps: allowed })
    let step = 0
    let isSpoilt = false
    for (let over = false; spent.steps < allowed && !over; spent.steps++) {
      if (task.spoilt !== undefined && step === task.spoilt.step && !isSpoilt) {
        isSpoilt = true
        kernel.submit({ module: 'opt', op: 'set_params', params: { lr: task.spoilt.lr }, source: 'cli' })
      }
      const rate = trainer.optimizer.paramGroups[0]?.lr ?? 0
      const metrics = stepMetrics(trainer.trainStep(step), rate)
      const isEpoch = (step + 1) % trainer.stepsPerEpoch === 0
      const test = isEpoch ? trainer.evaluate() : null
      const env = {
        step,
        epoch: Math.floor(step / trainer.stepsPerEpoch),
        // The run ends when its budget is spent, so after a rollback it ends at an earlier step.
        maxSteps: step + allowed - spent.steps,
        metrics: test === null ? metrics : { ...metrics, ...testMetrics(test) },
      }
      const { rewound, paused } = kernel.apply(env, isEpoch ? ['train_step_end', 'val_epoch_end'] : ['train_step_end'])
      if (test !== null && beside !== null) {
        // The kernel writes its controls on a timer; here they are those of the evaluated step.
        replaceDocument(join(dir, runFiles.actuators), JSON.stringify({ controls: state.describe(step) }))
        await beside.look(step)
      }
      over = paused || (test !== null && isOver(test.loss))
      step = rewound ?? step + 1
    }
    const seconds = clock() - start
    kernel.close()
    onLedger?.(ledgerIn(dir))
    const { loss, accuracy } = trainer.evaluate(ALL_DIGITS)
    return {
      loss: Number.isFinite(loss) ? Math.min(loss, CHANCE) : CHANCE,
      accuracy,
      ...spent,
      last: step,
      actions: arm.modules === undefined && beside === null ? 0 : Math.max(spent.actions, appliedIn(dir)),
      seconds,
      ...(beside?.cost ?? { usd: 0, tokens: 0 }),
      weights: trainer.weightsSha256(),
    }
  } finally {
    beside?.close()
    trainer.dispose()
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Counts the changes that someone made, except for the task's own. */
function appliedIn(dir: string): number {
  return ledgerIn(dir).filter(
    ({ decision, module, source }) => decision === 'applied' && module !== 'core' && source !== 'cli',
  ).length
}
