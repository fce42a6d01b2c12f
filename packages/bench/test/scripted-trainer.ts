// A trainer without a network: its losses are a list, so that a training run costs nothing but its kernel.
import { readFileSync } from 'node:fs'
import type { AnyTrainer, Task } from '../src/task.ts'

const EPOCH = 4

/** The calls that a scripted trainer received. */
export interface Calls {
  readonly created: (readonly [seed: number, factor: number])[]
  readonly steps: number[]
  readonly evaluated: (readonly number[] | undefined)[]
  readonly skipped: (readonly [from: number, to: number])[]
  disposed: number
}

interface Scripted {
  readonly task: Task
  readonly calls: Calls
}

/** A task with such a trainer. The last loss of the list is repeated. */
export function scriptedTask(
  losses: readonly number[],
  more: Partial<Task> = {},
  stepsPerEpoch: number = EPOCH,
): Scripted {
  const calls: Calls = { created: [], steps: [], evaluated: [], skipped: [], disposed: 0 }
  const task: Task = {
    name: 'scripted',
    title: 'a script',
    good: null,
    isGood: false,
    hasDataSkip: true,
    create: (seed, factor) => {
      calls.created.push([seed, factor])
      return Promise.resolve({ trainer: trainerOf(losses, calls, stepsPerEpoch, 0.1 * factor) })
    },
    ...more,
  }
  return { task, calls }
}

function trainerOf(losses: readonly number[], calls: Calls, stepsPerEpoch: number, lr: number): AnyTrainer {
  let evaluations = 0
  const trainer: Partial<AnyTrainer> = {
    optimizer: {
      kind: 'sgd',
      paramGroups: [{ name: 'all', params: [], lr, momentum: 0.9, weightDecay: 0, clipNorm: 0 }],
    },
    lossWeights: { main: 1 },
    lossTerms: { main: true },
    stepsPerEpoch,
    trainStep(step) {
      calls.steps.push(step)
      return { loss: 2, terms: { main: 2 }, accuracy: 0.25, gradNorm: 3, samples: {} }
    },
    evaluate(digits) {
      calls.evaluated.push(digits)
      const loss = losses[Math.min(evaluations++, losses.length - 1)] ?? Number.NaN
      return { loss, accuracy: 0.5 }
    },
    skipData: (from, to) => void calls.skipped.push([from, to]),
    snapshot: () => Uint8Array.of(7),
    restore: () => undefined,
    weightsSha256: () => 'abc',
    dispose: () => void calls.disposed++,
  }
  // A training run of the bench uses nothing else.
  return trainer as AnyTrainer
}

/** The text of a file, or null if it does not exist. */
export function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
