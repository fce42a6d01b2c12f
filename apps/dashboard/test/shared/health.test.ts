import { expect, test } from 'vitest'
import { emptyRow } from '../../src/server/run-row.ts'
import { groupCharts, matchNames } from '../../src/shared/chart-groups.ts'
import { courseOf, courseRequest, findings } from '../../src/shared/health.ts'
import type { RunRow } from '../../src/shared/wire.ts'

function found(row: Partial<RunRow>, names: Parameters<typeof findings>[0]['names'] = []) {
  return findings({ row: { ...emptyRow({ id: 'r', name: 'r', dir: '', roots: [] }), ...row }, names, courses: [] })
}

test('the state of a run and its problem are findings, worst first', () => {
  expect(found({})).toEqual([{ level: 'good', text: 'nothing to report' }])
  expect(found({ status: 'running' })).toEqual([{ level: 'good', text: 'nothing to report' }])
  expect(found({ status: 'silent', reason: 'no heartbeat', problem: 'a file is broken' })).toEqual([
    { level: 'bad', text: 'the trainer has not closed the run and shows no sign of life: no heartbeat' },
    { level: 'warn', text: 'a file is broken' },
  ])
  expect(found({ status: 'silent' })[0]?.text).toBe('the trainer has not closed the run and shows no sign of life')
  expect(found({ status: 'unknown', reason: 'just seen' })).toEqual([
    { level: 'warn', text: 'it is not known yet whether the trainer is alive: just seen' },
  ])
})

test('metrics whose newest value is not finite are counted, if they have points', () => {
  const metric = (name: string, count: number, last: number | null) => ({ name, count, last, last_step: 1 })
  const none = found({}, [metric('a', 3, 1), metric('b', 0, null)])
  expect(none).toEqual([{ level: 'good', text: 'nothing to report' }])
  const some = found({}, [metric('a', 3, null), metric('b', 2, null), metric('c', 0, null)])
  expect(some).toEqual([{ level: expect.stringMatching(/^(bad|warn)$/), text: expect.stringContaining('2') }])
})

test('the statistics of a course are requested in parts, and its facts are computed from the answer', () => {
  const request = courseRequest('loss')
  expect(request.name).toBe('loss')
  expect(request.parts?.length).toBeGreaterThan(1)
  for (const [start, end] of request.parts ?? [])
    expect([start >= 0, start < end, end <= 1]).toEqual([true, true, true])
  const at = (step: number, value: number) => ({ step, value })
  const parts = (request.parts ?? []).map((_, i) => i + 1)
  const stats = {
    ...{ name: 'loss', complete: true, count: 50, gaps: 0, mean: 1, min: at(3, 0.5), max: at(1, 9), first: at(0, 1) },
    ...{ last: at(49, 0.75), first_time: null, last_time: null, parts },
  }
  const facts = courseOf(stats)
  expect(facts).toMatchObject({ name: 'loss' })
  const without = courseOf({ ...stats, parts: [] })
  expect(without).not.toEqual(facts)
  expect(courseOf({ ...stats, last: null, min: null, max: null })).not.toEqual(facts)
})

test('charts are sorted by quantity and then by name, and machine metrics come last', () => {
  const titles = (names: string[]) =>
    groupCharts(names).map(({ title, charts }) => [title, charts.map((one) => one.title)])
  expect(titles(['zeta', 'reward', 'test.f1', 'eval/auc', 'score', 'my_loss', 'accuracy', 'lr', 'alpha'])).toEqual([
    ['metrics', ['my_loss', 'accuracy', 'eval/auc', 'test.f1', 'reward', 'score', 'alpha', 'lr', 'zeta']],
  ])
  expect(titles(['time/step', 'sys/x', 'b/x', 'a/x', 'plain', '/slash'])).toEqual([
    ['metrics', ['/slash', 'plain']],
    ['a', ['a/x']],
    ['b', ['b/x']],
    ['sys', ['sys/x']],
    ['time', ['time/step']],
  ])
  expect(
    titles([
      'sys/cores',
      'sys/other',
      'sys/gpu0',
      'sys/rss_mb',
      'sys/memory',
      'sys/cpu',
      'sys/memory_total_mb',
      'sys/gpu_total',
    ]),
  ).toEqual([
    [
      'sys',
      [
        'sys/cpu',
        'sys/memory',
        'sys/rss_mb',
        'sys/gpu0',
        'sys/other',
        'sys/cores',
        'sys/gpu_total',
        'sys/memory_total_mb',
      ],
    ],
  ])
})

test('stages and ranks of one quantity share a chart, under the heading of the rest of the name', () => {
  expect(
    groupCharts(['train/layers/0/norm', 'val_layers/0/norm', 'sys/cpu/rank0', 'sys/cpu/rank12', 'x/rank1a']),
  ).toEqual([
    { title: 'layers', charts: [{ title: 'layers/0/norm', names: ['train/layers/0/norm', 'val_layers/0/norm'] }] },
    { title: 'x', charts: [{ title: 'x/rank1a', names: ['x/rank1a'] }] },
    { title: 'sys', charts: [{ title: 'sys/cpu', names: ['sys/cpu/rank0', 'sys/cpu/rank12'] }] },
  ])
  const stages = ['train', 'training', 'val', 'valid', 'validation', 'eval', 'test'].map((stage) => `${stage}_x`)
  expect(groupCharts([...stages, 'pretrain_x', 'train-x', 'train_'])).toEqual([
    {
      title: 'metrics',
      charts: [
        { title: 'pretrain_x', names: ['pretrain_x'] },
        { title: 'train_', names: ['train_'] },
        { title: 'train-x', names: ['train-x'] },
        { title: 'x', names: stages },
      ].sort((a, b) => new Intl.Collator('en', { numeric: true }).compare(a.title, b.title)),
    },
  ])
})

test('a search without words returns all names, and half a pattern is searched as text', () => {
  const names = ['a/[b', 'Loss', 'x']
  expect(matchNames(names, '')).toBe(names)
  expect(matchNames(names, '  ')).toBe(names)
  expect(matchNames(names, ' /[B ')).toEqual(['a/[b'])
  expect(matchNames(names, 'lo  ss')).toEqual(['Loss'])
})
