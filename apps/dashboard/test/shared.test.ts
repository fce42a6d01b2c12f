import { factsOf } from '@hotcb/metrics/judge'
import { expect, test } from 'vitest'
import { emptyRow } from '../src/server/run-row.ts'
import { groupCharts, matchNames } from '../src/shared/chart-groups.ts'
import { describeChange, formatNumber } from '../src/shared/describe.ts'
import { courseOf, findings } from '../src/shared/health.ts'

test('metrics that measure the same share a chart, and charts are grouped by prefix', () => {
  expect(
    groupCharts(['val_loss', 'sys/cpu', 'lr', 'train_loss', 'layers/10/norm', 'layers/9/norm', 'val/acc']),
  ).toEqual([
    {
      title: 'metrics',
      charts: [
        { title: 'loss', names: ['val_loss', 'train_loss'] },
        { title: 'val/acc', names: ['val/acc'] },
        { title: 'lr', names: ['lr'] },
      ],
    },
    {
      title: 'layers',
      charts: [
        { title: 'layers/9/norm', names: ['layers/9/norm'] },
        { title: 'layers/10/norm', names: ['layers/10/norm'] },
      ],
    },
    { title: 'sys', charts: [{ title: 'sys/cpu', names: ['sys/cpu'] }] },
  ])
})

test('a search consists of words that must all match, or a pattern between slashes; half a pattern is a word', () => {
  const names = ['train_loss', 'val_loss', 'layers/01/norm']
  expect(matchNames(names, 'LOSS val')).toEqual(['val_loss'])
  expect(matchNames(names, '/^(train|val)_/')).toEqual(['train_loss', 'val_loss'])
  expect(matchNames(names, '/[/')).toEqual([])
})

test('numbers are short and keep their meaning', () => {
  const numbers = [0, 1, 0.1 + 0.2, 1234.5678, 3e-4, -2.5e-9, 1e7, 123456, null, Number.NaN, Number.POSITIVE_INFINITY]
  expect(numbers.map((value) => formatNumber(value))).toEqual([
    '0',
    '1',
    '0.3',
    '1235',
    '3e-4',
    '-2.5e-9',
    '1e7',
    '123456',
    '–',
    '–',
    '∞',
  ])
})

test('a change is described in a few words', () => {
  const line = { module: 'opt', op: 'set_params', id: 'main', payload: { lr: 0.01 }, old: { lr: 0.1 } }
  expect(describeChange(line)).toBe('lr 0.1 → 0.01')
  expect(describeChange({ ...line, reverts: 4 })).toBe('revert #4: lr 0.1 → 0.01')
  expect(describeChange({ module: 'cb', op: 'set_params', id: 'log', params: { every: 5 } })).toBe('log: every = 5')
  expect(describeChange({ module: 'core', op: 'checkpoint', id: 'main', params: { tag: 'a' } })).toBe(
    'checkpoint save a',
  )
})

test('a loss that was not finite in the middle of a run is reported, from the statistics of its history', () => {
  const row = emptyRow({ id: 'r', name: 'r', dir: '', roots: [] })
  const stats = { name: 'train_loss', complete: true, count: 100, gaps: 3, mean: 1, min: null, max: null, first: null }
  const last = { step: 99, value: 0.5 }
  const course = courseOf({ ...stats, last, first_time: null, last_time: null, parts: [] })
  expect(findings({ row, names: [], courses: [course] })).toContainEqual({
    level: 'warn',
    text: 'train_loss was not finite at 3 of 100 points',
  })
})

test('unusual facts about a run are listed, worst first', () => {
  const row = { ...emptyRow({ id: 'r', name: 'r', dir: '', roots: [] }), status: 'silent' as const }
  const steps = Array.from({ length: 100 }, (_, i) => i)
  const course = (name: string, value: (i: number) => number | null) =>
    factsOf({ name, steps, values: steps.map(value) })
  const courses = [
    course('train_loss', (i) => 2 - i * 0.015),
    course('val_loss', (i) => (i < 50 ? 2 - i * 0.02 : 1 + (i - 50) * 0.015)),
    course('grad_norm', (i) => (i === 99 ? null : 1)),
  ]
  expect(findings({ row, names: [], courses })).toEqual([
    { level: 'bad', text: 'the trainer has not closed the run and shows no sign of life' },
    { level: 'bad', text: 'grad_norm is not finite at step 99' },
    { level: 'warn', text: expect.stringMatching(/^val_loss rises/) },
    { level: 'warn', text: expect.stringMatching(/^val_loss is \d+ % above its best \(step 50\) .*overfitting$/) },
  ])
})
