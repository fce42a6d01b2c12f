import { expect, test } from 'vitest'
import { type KeyMetric, readRuleFile } from '../src/index.ts'
import { createWatch, type Watch } from '../src/watch.ts'

/** A watch over rules with these fields. The id of each rule is its index in the list. */
function watchOf(
  rules: readonly string[],
  told: KeyMetric | null = null,
): Watch & { ids(step: number, metrics: object): string } {
  const list = rules.map((fields, i) => `{id: r${i}, action: {do: notify}, ${fields}}`)
  const read = readRuleFile(`{version: 2, rules: [${list.join(', ')}]}`)
  if (!read.ok) throw new Error(read.reason)
  const watch = createWatch(read.value.rules, told)
  return Object.assign(Object.create(watch) as Watch, {
    ids: (step: number, metrics: object) =>
      watch
        .take(step, { ...metrics })
        .map(({ id }) => id)
        .join(),
  })
}

const NAN = (metric: string): string => `condition: nan, metric: ${metric}`

test('the rules that have a new value are returned once, in the order of the file', () => {
  const watch = watchOf([NAN('b'), NAN('a'), 'when: a > b', NAN('c')])
  expect([
    watch.ids(0, { a: 1 }),
    watch.ids(1, { b: 1 }),
    watch.ids(2, { a: 1, b: 2 }),
    watch.ids(3, { d: 1 }),
  ]).toEqual([...['r1,r2', 'r0,r2', 'r0,r1,r2', '']])
  expect([watch.ids(4, { c: 1, a: null }), watch.ids(5, {})]).toEqual(['r1,r2,r3', ''])
  expect(watch.names()).toEqual(['a', 'b', 'd', 'c'])
})

test('a value that is not a number is skipped, and true and false are 1 and 0', () => {
  const watch = watchOf([NAN('a')])
  for (const a of ['x', undefined, [1], { b: 1 }]) expect(watch.ids(0, { a }), String(a)).toBe('')
  expect(watch.names()).toEqual([])
  expect([watch.ids(1, { a: true }), watch.find('a')?.value()]).toEqual(['r0', 1])
  expect([watch.ids(2, { a: false }), watch.find('a')?.value()]).toEqual(['r0', 0])
  expect([watch.ids(3, { a: 'x' }), watch.find('a')?.lastStep]).toEqual(['', 2])
  expect([watch.ids(4, { a: null }), watch.find('a')?.isFinite]).toEqual(['r0', false])
})

test('a rule that names no metric is evaluated whenever there is new data', () => {
  const watch = watchOf(['when: step > 3', NAN('a'), 'when: step > 3, enabled: false'])
  expect([watch.ids(0, { b: 1 }), watch.ids(1, { a: 1 }), watch.ids(2, {}), watch.ids(3, { b: 'x' })]).toEqual([
    ...['r0', 'r0,r1', '', ''],
  ])
  const old = readRuleFile('{rules: [{id: v1, condition: plateau, metric: a}]}')
  const v1 = createWatch(old.ok ? old.value.rules : [], null)
  expect(v1.take(0, { b: 1 }).map(({ id }) => id)).toEqual(['v1'])
})

test('a disabled rule needs no metric', () => {
  const watch = watchOf([`${NAN('a')}, enabled: false`])
  expect([watch.ids(0, { a: 1 }), watch.find('a'), watch.names()]).toEqual(['', undefined, ['a']])
})

test('a bare name in an expression matches a metric with other separators, unless there are two such metrics', () => {
  const watch = watchOf(['when: val_accuracy > 0.5', 'when: "`val/accuracy` > 0.5"'])
  expect([watch.ids(0, { 'val/accuracy': 0.1 }), watch.find('val_accuracy')?.value()]).toEqual(['r0,r1', -0.1])
  expect(watch.find('val_accuracy', true)).toBeUndefined()
  expect([watch.ids(1, { 'val.accuracy': 0.2 }), watch.ids(2, { 'val/accuracy': 0.3 })]).toEqual(['', 'r1'])
  expect([watch.find('val_accuracy'), watch.find('val/accuracy', true)?.value()]).toEqual([undefined, -0.3])
  // A metric with exactly this name takes precedence.
  expect([watch.ids(3, { val_accuracy: 0.4 }), watch.find('val_accuracy')?.value()]).toEqual(['r0', -0.4])
})

test('a rule has the metric that it names, the key metric, or none yet', () => {
  const read = readRuleFile(
    '{version: 2, rules: [{id: a, condition: nan, metric: loss, action: {do: notify}}, {id: b, condition: plateau, action: {do: notify}}, {id: c, when: train_acc > 1, action: {do: notify}}]}',
  )
  const [named, key, expression] = read.ok ? read.value.rules : []
  if (named === undefined || key === undefined || expression === undefined) throw new Error('there are three rules')
  const watch = createWatch([named, key, expression], null)
  const metrics = (): unknown => [named, key, expression].map((rule) => watch.metricOf(rule))
  expect(metrics()).toEqual(['loss', null, 'train_acc'])
  watch.take(0, { val_loss: 1, 'train/acc': 2 })
  expect(metrics()).toEqual(['loss', 'val_loss', 'train/acc'])
  expect(watch.metricOf({ ...named, enabled: false })).toBeNull()
})

test('the key metric is guessed from validation metrics with a known direction, until one is given', () => {
  const key = (...names: readonly string[]): unknown => {
    const watch = watchOf(['condition: plateau'])
    for (const [step, name] of names.entries()) watch.ids(step, { [name]: 1 })
    return watch.keyMetric
  }
  expect([key('loss'), key('train_loss'), key('val_zzz'), key('train_val_loss'), key('value_loss')]).toEqual(
    Array(5).fill(null),
  )
  for (const name of ['val_loss', 'valid/loss', 'validation.loss', 'eval_loss', 'test-loss', 'loss/val', 'dev_loss'])
    expect(key(name), name).toEqual({ name, direction: 'min' })
  expect(key('val_accuracy')).toEqual({ name: 'val_accuracy', direction: 'max' })
  expect(key('val_accuracy', 'val_loss')).toEqual(key('val_loss', 'val_accuracy'))
  const told = watchOf(['condition: plateau'], { name: 'mine', direction: 'max' })
  expect([told.ids(0, { val_loss: 1 }), told.ids(1, { mine: 2 }), told.find('mine')?.value()]).toEqual(['', 'r0', -2])
  expect(told.keyMetric).toEqual({ name: 'mine', direction: 'max' })
})

test('the key metric has a window even if no rule needs it', () => {
  const watch = watchOf([], { name: 'mine', direction: 'min' })
  for (let step = 0; step < 1000; step++) watch.ids(step, { mine: step, other: step })
  expect([watch.find('other'), watch.find('mine')?.value(199)]).toEqual([undefined, 800])
})

test('a window has room for the longest condition on its metric', () => {
  /** The minimum number of values that are kept. */
  const kept = (fields: string, metric = 'a'): number => {
    const watch = watchOf([fields], { name: 'mine', direction: 'min' })
    let least = Number.POSITIVE_INFINITY
    for (let step = 0; step < 2110; step++) {
      watch.ids(step, { [metric]: step })
      if (step >= 1600) least = Math.min(least, watch.find(metric)?.length ?? 0)
    }
    return least
  }
  expect([kept(NAN('a')), kept('condition: stuck, metric: a'), kept('condition: grad_explosion, metric: a')]).toEqual([
    ...[80 + 1, 130 + 1, 210 + 1],
  ])
  expect([kept('condition: plateau, metric: a, params: {window: 300}'), kept(NAN('mine'), 'mine')]).toEqual([311, 201])
  expect([
    kept('condition: stuck, metric: a, params: {window: 300}'),
    kept('condition: overfitting, metric: a'),
  ]).toEqual([...[311, 1001]])
  expect(kept('condition: overfitting, metric: b, params: {train_metric: a}')).toBe(1001)
  expect([
    kept('when: "mean(a, 400) > 1"'),
    kept('condition: grad_explosion, metric: a, params: {window: 300}'),
  ]).toEqual([...[402, 311]])
})

test('overfitting evaluates both of its metrics', () => {
  const watch = watchOf([
    'condition: overfitting, metric: v',
    'condition: overfitting, metric: v, params: {train_metric: t}',
  ])
  expect([watch.ids(0, { v: 1 }), watch.ids(1, { train_loss: 1 }), watch.ids(2, { t: 1 })]).toEqual([
    'r0,r1',
    'r0',
    'r1',
  ])
  const read = readRuleFile(
    '{rules: [{id: a, condition: overfitting}, {id: b, condition: overfitting, params: {train_metric: t, val_metric: v}}]}',
  )
  const v1 = createWatch(read.ok ? read.value.rules : [], null)
  v1.take(0, { train_loss: 1, val_loss: 2, t: 3, v: 4, other: 5 })
  expect(['train_loss', 'val_loss', 't', 'v', 'other'].map((name) => v1.find(name)?.value())).toEqual([
    1,
    2,
    3,
    4,
    undefined,
  ])
})

test('the windows are the same after they were saved and restored', () => {
  const [watch, again] = [watchOf([NAN('a'), 'condition: plateau']), watchOf([NAN('a'), 'condition: plateau'])]
  for (let step = 0; step < 20; step++) watch.ids(step, { a: step, val_loss: 2 * step, b: 1 })
  const saved = JSON.parse(JSON.stringify(watch.snapshot()))
  expect([saved.names, Object.keys(saved.windows)]).toEqual([
    ['a', 'val_loss', 'b'],
    ['a', 'val_loss'],
  ])
  again.ids(0, { b: 9 })
  again.restore(saved)
  expect([again.names(), again.keyMetric]).toEqual([['b', 'a', 'val_loss'], { name: 'val_loss', direction: 'min' }])
  expect([again.find('a')?.snapshot(), again.find('val_loss')?.value()]).toEqual([watch.find('a')?.snapshot(), 38])
  for (const wrong of [null, 3, [], {}, { names: [3], windows: 3 }, { windows: { zzz: {} } }])
    again.restore(wrong as never)
  expect([again.names(), again.find('a')?.length]).toEqual([['b', 'a', 'val_loss'], 20])
})
