import { expect, test } from 'vitest'
import { bestOf, directionOf, guessKeyMetric, isBetter } from '../../src/judge.ts'

test('the direction of improvement is derived from the name, and is undefined for other names', () => {
  const names = ['val_loss', 'accuracy', 'perplexity', 'mean_reward', 'f1', 'lr', 'layers/0/weight_norm']
  expect(names.map(directionOf)).toEqual(['min', 'max', 'min', 'max', 'max', undefined, undefined])
  expect(guessKeyMetric(['sys/cpu', 'accuracy', 'train_loss', 'val_loss'])).toBe('val_loss')
})

test('a system metric is never the key metric, and a run without others has none', () => {
  expect(guessKeyMetric(['sys/loss', 'time/step_ms'])).toBeUndefined()
  expect(guessKeyMetric(['sys/cpu', 'lr'])).toBe('lr')
})

test('a decrease is an improvement if smaller is better, an increase if larger is better, and no change is never one', () => {
  expect([-1, 0, 1].map((by) => isBetter('min', by))).toEqual([true, false, false])
  expect([-1, 0, 1].map((by) => isBetter('max', by))).toEqual([false, false, true])
})

test('among equal best values the first counts, gaps are skipped, and a name without a direction has none', () => {
  const course = { steps: [1, 2, 3, 4], values: [3, null, 1, 1] }
  expect(bestOf({ ...course, name: 'loss' })).toEqual({ value: 1, step: 3 })
  expect(bestOf({ ...course, name: 'accuracy' })).toEqual({ value: 3, step: 1 })
  expect(bestOf({ ...course, name: 'lr' })).toBeUndefined()
  expect(bestOf({ name: 'loss', steps: [1], values: [null] })).toBeUndefined()
})
