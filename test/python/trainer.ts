import { createMutableState, lossActuators, optimizerActuators } from '@hotcb/actuators'
import { openCallbacks } from '@hotcb/cb/node'
import type { Kernel } from '@hotcb/kernel'
import { openKernel } from '@hotcb/kernel/node'
import { onTestFinished } from 'vitest'

/** A training run under our kernel that advances on request, like `loop.py` next to it. */
export interface Trainer {
  readonly kernel: Kernel
  /** Trains steps. Returns the rate of each. */
  train(steps: number): readonly number[]
  /** Returns the current settings. */
  said(): Settings
  /** The lines that callbacks logged. */
  readonly heard: readonly string[]
}

/** The current settings, with the names that `loop.py` uses. */
export interface Settings {
  readonly step: number
  readonly lr: number
  readonly weight_decay: number
  readonly betas: readonly number[]
  readonly weights: object
  /** The learning rate of each parameter group. */
  readonly rates: readonly number[]
}

/** Opens the run at a step, with the controls that Python's loop has; `rate` is that of the second parameter group. */
export function startTrainer(dir: string, first = 1, rate = 0.1): Trainer {
  const group = { lr: 0.1, weightDecay: 0.001, betas: [0.9, 0.999] as [number, number] }
  const paramGroups = [group, { lr: rate, weightDecay: 0.001 }]
  const weights = { ce: 1, aux: 0.5 }
  const heard: string[] = []
  const kernel = openKernel(dir, {
    state: createMutableState(optimizerActuators({ paramGroups }), lossActuators(weights)),
    modules: [openCallbacks({ runDir: dir })],
    log: (message) => heard.push(message),
    // Requests between two steps are applied at the next one.
    lookMs: 0,
  })
  let isOpen = true
  onTestFinished(() => {
    if (isOpen) kernel.close()
  })
  let step = first
  kernel.continueFrom({ step })
  return {
    kernel: {
      ...kernel,
      close() {
        isOpen = false
        kernel.close()
      },
    },
    heard,
    train: (steps) =>
      Array.from({ length: steps }, () => {
        const { lr } = group
        kernel.apply({ step, epoch: 0, phase: 'train' }, ['train_step_end'])
        step++
        return lr
      }),
    said: () => ({
      step,
      lr: group.lr,
      weight_decay: group.weightDecay,
      betas: group.betas,
      weights,
      rates: paramGroups.map(({ lr }) => lr),
    }),
  }
}
