import { expect, test } from 'vitest'
import type { EngineInput } from '../src/index.ts'
import { engineOf } from './support.ts'

const SEEN: EngineInput = {
  ...{
    step: 0,
    epoch: null,
    metrics: {},
    controls: () => [],
    lines: [],
    isFrozen: false,
    isPaused: false,
    total: null,
  },
}

/** `step: reason` at each step at which a hotcb 2 guideline fires, over these records. */
function fired(condition: string, records: readonly Readonly<Record<string, unknown>>[]): readonly string[] {
  const engine = engineOf(`rules:\n  - {id: r, condition: ${condition}}\n`)
  return records.flatMap((metrics, step) =>
    engine
      .look({ ...SEEN, step, metrics })
      .map((event) => ('because' in event ? `${step}: ${event.because}` : event.kind)),
  )
}

const losses = (...values: readonly (number | null)[]): { readonly loss: number | null }[] =>
  values.map((loss) => ({ loss }))
const plateau = (params: string, ...values: readonly (number | null)[]): readonly string[] =>
  fired(`plateau, metric: loss, params: {cooldown: 0, ${params}}`, losses(...values))
const divergence = (params: string, ...values: readonly (number | null)[]): readonly string[] =>
  fired(`divergence, metric: loss, params: {cooldown: 0, ${params}}`, losses(...values))

test('a plateau is a number of last values that lie within epsilon', () => {
  expect(plateau('window: 3, epsilon: 0.5', 1, 1.25, 1.5, 2, 2)).toEqual([
    '2: loss: the last 3 values lie within 0.5',
    '4: loss: the last 3 values lie within 0.5',
  ])
  expect(plateau('window: 3, epsilon: 0.5', 1.5, 1.25, 1, 0.25)).toEqual(['2: loss: the last 3 values lie within 0.5'])
  expect(plateau('window: 2, epsilon: 0.1', 1, null, 1)).toEqual(['2: loss: the last 2 values lie within 0'])
  expect(plateau('window: 2, epsilon: 0.1', 1, 1, null)).toEqual(['1: loss: the last 2 values lie within 0'])
  // The defaults are 5 values within 0.001.
  expect(plateau('', 1, 1, 1, 1, 1.0005)).toEqual(['4: loss: the last 5 values lie within 0.0005'])
  expect(plateau('', 1, 1, 1, 1, 1.0011)).toEqual([])
})

test('a divergence is a value more than the threshold above the one at the start of the window', () => {
  expect(divergence('window: 3, threshold: 1', 1, 5, 2, 6.5, 3.1)).toEqual([
    '3: loss: worse by 1.5 over the last 3 values',
    '4: loss: worse by 1.1 over the last 3 values',
  ])
  expect(divergence('window: 2, threshold: 1', 1, 2, 3.5, null)).toEqual([
    '2: loss: worse by 1.5 over the last 2 values',
  ])
  // The defaults are 10 values and 2.
  expect(divergence('', ...Array.from({ length: 9 }, () => 1), 3.5, 4)).toEqual([
    '9: loss: worse by 2.5 over the last 10 values',
    '10: loss: worse by 3 over the last 10 values',
  ])
  expect(divergence('', ...Array.from({ length: 9 }, () => 1), 3)).toEqual([])
})

test('a metric for which higher is better diverges when it falls', () => {
  const records = [0.9, 0.8, 0.2].map((accuracy) => ({ accuracy }))
  expect(fired('divergence, metric: accuracy, params: {window: 2, threshold: 0.5, cooldown: 0}', records)).toEqual([
    '2: accuracy: worse by 0.6 over the last 2 values',
  ])
})

test('overfitting is a low ratio of the training metric to the validation metric of the same step', () => {
  const over = (params: string, ...records: readonly Readonly<Record<string, unknown>>[]): readonly string[] =>
    fired(`overfitting, params: {cooldown: 0, ${params}}`, records)
  const told = '0: 1 over 4 is 0.25, below 0.5'
  expect(over('', { train_loss: 1, val_loss: 4 })).toEqual([told])
  expect(over('', { 'train/loss': 1, 'val/loss': 4 })).toEqual([told])
  expect(over('train_metric: a, val_metric: b', { a: 1, b: 4, train_loss: 9, val_loss: 9 })).toEqual([told])
  expect(over('', { train_loss: 2, val_loss: 4 })).toEqual([])
  expect(over('ratio_threshold: 0.6', { train_loss: 2, val_loss: 4 })).toEqual(['0: 2 over 4 is 0.5, below 0.6'])
  expect(over('', { train_loss: 1 }, { val_loss: 4 }, { train_loss: 1, val_loss: 4 })).toEqual([
    '2: 1 over 4 is 0.25, below 0.5',
  ])
  // hotcb 2 uses 0 for a missing value.
  for (const missing of [0, null]) expect(over('', { train_loss: missing, val_loss: 4 }), `${missing}`).toEqual([])
  expect(over('', { train_loss: 1, val_loss: 0 })).toEqual([])
  expect(over('train_metric: train_acc, val_metric: val_acc', { train_acc: 0.2, val_acc: 0.8 })).toEqual([
    '0: 0.2 over 0.8 is 0.25, below 0.5',
  ])
})

test('an expression fires if it is true, or a number other than 0', () => {
  const custom = (expression: string): readonly string[] =>
    fired(`custom, params: {cooldown: 0, expression: "${expression}"}`, losses(2))
  expect(custom('loss > 1')).toEqual(['0: loss > 1 is true'])
  expect([custom('loss'), custom('1.5')]).toEqual([['0: loss is true'], ['0: 1.5 is true']])
  expect([custom('loss > 2'), custom('loss - 2'), custom('0'), custom('other > 1')]).toEqual([[], [], [], []])
})
