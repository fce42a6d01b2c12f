import { performance } from 'node:perf_hooks'
import { expect, test } from 'vitest'
import type { Arm } from '../src/arm.ts'
import { createArms, TASKS, train } from '../src/index.ts'
import { writeReplay } from '../src/replay.ts'
import type { Task } from '../src/task.ts'
import { CHANCE } from '../src/train.ts'

const clock = (): number => performance.now() / 1000

function armOf(name: string): Arm {
  const arm = createArms().find((one) => one.name === name)
  if (arm === undefined) throw new Error(name)
  return arm
}

function taskOf(name: string): Task {
  const task = TASKS.find((one) => one.name === name)
  if (task === undefined) throw new Error(name)
  return task
}

test('a rate that is lowered by hand ends better than a fixed one, and its recipe gives the same weights', async () => {
  const training = { task: taskOf('case-rate'), seed: 1, budget: 2000, clock }
  const fixed = await train({ ...training, arm: armOf('nothing') })
  const steered = await train({ ...training, arm: armOf('recorded') })
  expect(steered.loss).toBeLessThan(0.7 * fixed.loss)
  const again: Arm = { name: 'again', title: '', prepare: (place) => writeReplay(place, armOf('recorded')) }
  expect((await train({ ...training, arm: again })).weights).toBe(steered.weights)
})

test('new digits that are added by hand are learned, and the old ones are not forgotten', async () => {
  const seen: { step: number; old: number; recent: number }[] = []
  const recorded = armOf('recorded')
  const watched: Arm = {
    ...recorded,
    modules: (steered) => [
      ...(recorded.modules?.(steered) ?? []),
      {
        name: 'watch',
        onSafePoint: ({ step, metrics }) => {
          const { 'val_accuracy/old': old, 'val_accuracy/new': recent } = metrics ?? {}
          if (typeof old === 'number' && typeof recent === 'number') seen.push({ step: Number(step), old, recent })
        },
      },
    ],
  }
  await train({ task: taskOf('case-data'), arm: watched, seed: 1, budget: 2000, clock })
  const before = seen.findLast(({ step }) => step < 700)
  const after = seen.at(-1)
  expect(before?.recent).toBe(0)
  expect(after?.recent).toBeGreaterThan(0.9)
  expect(after?.old).toBeGreaterThan((before?.old ?? 1) - 0.05)
})

test('rolling back and skipping useless batches costs at most 5 % of the loss of a run without them', async () => {
  const training = { seed: 1, budget: 2000, clock }
  const clean = await train({ ...training, task: taskOf('good'), arm: armOf('nothing') })
  const steered = await train({ ...training, task: taskOf('case-rollback'), arm: armOf('recorded') })
  expect(steered.loss).toBeLessThan(1.05 * clean.loss)
  // About a hundred steps were undone, twice.
  expect(steered.steps - steered.last).toBeGreaterThan(200)
})

test('a training run that ends before it has seen all digits is evaluated on all of them', async () => {
  const stops: Arm = { name: 'stops', title: '', stopper: () => () => true }
  const { loss, accuracy } = await train({ task: taskOf('forgetting'), arm: stops, seed: 1, budget: 100, clock })
  // Only the digits 0 to 4 were trained.
  expect(accuracy).toBeLessThan(0.6)
  expect(loss).toBe(CHANCE)
})
