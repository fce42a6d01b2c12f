import { expect, test } from 'vitest'
import { emptyRow } from '../../src/server/run-row.ts'
import { arrange } from '../../src/server/table/arrange.ts'
import { cellOf, filterable, type TableRun } from '../../src/server/table/table-run.ts'
import { NO_LABELS, type RunLabels } from '../../src/shared/labels.ts'
import { parseColumn } from '../../src/shared/table/column.ts'
import type { Cell } from '../../src/shared/table/table-wire.ts'
import type { RunRow } from '../../src/shared/wire.ts'

interface Given {
  readonly row?: Partial<RunRow>
  readonly labels?: Partial<RunLabels>
  readonly params?: Record<string, Cell>
  readonly metrics?: Record<string, number>
}

function tableRun(name: string, { row, labels, params, metrics }: Given = {}): TableRun {
  const run = { id: name, name, dir: `/${name}`, roots: ['/'] }
  return {
    run,
    row: { ...emptyRow(run), ...row },
    labels: { ...NO_LABELS, ...labels },
    params: new Map(Object.entries(params ?? {})),
    metric: (metric, stat) => metrics?.[`${metric}.${stat}`] ?? null,
  }
}

const FULL = tableRun('full', {
  row: {
    status: 'running',
    key_metric: { name: 'loss', value: 0.5, final: false },
    step: 7,
    steps_per_second: 3,
    last_change: { seq: 1, step: 2, text: 'lr = 1', source: 'cli', author: null, decision: 'applied', wall_time: 99 },
    config: 'digits',
    seed: 4,
    started_at: '2026',
    updated: 1000,
    freeze: 'prod',
  },
  labels: { name: 'My run', tags: ['good', 'old'], notes: 'a note', star: true },
  params: { lr: 0.1, step: 3 },
  metrics: { 'loss.min': 0.25, 'loss.last': 0.5 },
})

test('a column shows the value of a run, and null if there is none', () => {
  const cells = (run: TableRun) =>
    'name status key step speed course change tags notes config seed started updated p:lr p:none m:loss:min m:loss:max'
      .split(' ')
      .map((text) => {
        const column = parseColumn(text)
        return column === undefined ? 'no column' : cellOf(run, column)
      })
  expect(cells(FULL)).toEqual([
    ...['My run', 'running', 0.5, 7, 3, 'loss', 99, 'good, old', 'a note', 'digits', 4, '2026', 1000],
    ...[0.1, null, 0.25, null],
  ])
  expect(cells(tableRun('empty'))).toEqual([
    ...['empty', 'idle', null, null, null, null, null, null, null, null, null, null, 0],
    ...[null, null, null, null],
  ])
})

test('a filter finds texts, fields, labels and values of a run', () => {
  const { texts, field, is, value } = filterable(FULL)
  expect(texts).toEqual(['full', 'My run', 'running', 'digits', 'a note', 'lr = 1', 'good', 'old'])
  expect((['status', 'config', 'freeze', 'seed', 'tag', 'notes'] as const).map(field)).toEqual([
    ['running'],
    ['digits'],
    ['prod'],
    ['4'],
    ['good', 'old'],
    ['a note'],
  ])
  expect((['star', 'pin', 'archived'] as const).map(is)).toEqual([true, false, false])
  expect(['lr', 'step', 'seed', 'key', 'loss', 'none'].map((name) => value(name, 'last'))).toEqual([
    0.1,
    3,
    4,
    0.5,
    0.5,
    null,
  ])
  const empty = filterable(tableRun('empty'))
  expect([empty.field('config'), empty.field('seed'), empty.field('freeze'), empty.field('notes')]).toEqual([
    [],
    [],
    ['off'],
    [''],
  ])
  expect(['step', 'seed', 'key'].map((name) => empty.value(name, 'last'))).toEqual([null, null, null])
})

function namesOf(runs: readonly TableRun[], query: Parameters<typeof arrange>[1]): string[] {
  return arrange(runs, query).runs.map(({ row }) => row.name)
}

test('runs are sorted in both directions, pinned runs first, unknown values last, equal ones by name', () => {
  const runs = [
    tableRun('r10', { row: { step: 5 } }),
    tableRun('r9', { row: { step: 5 } }),
    tableRun('none'),
    tableRun('low', { row: { step: 1 } }),
    tableRun('pinned', { row: { step: 3 }, labels: { pin: true } }),
    tableRun('high', { row: { step: 12 } }),
  ]
  expect(namesOf(runs, { sort: 'step' })).toEqual(['pinned', 'low', 'r9', 'r10', 'high', 'none'])
  expect(namesOf(runs, { sort: '-step' })).toEqual(['pinned', 'high', 'r9', 'r10', 'low', 'none'])
  expect(namesOf(runs, { sort: 'name' })).toEqual(['pinned', 'high', 'low', 'none', 'r9', 'r10'])
  expect(namesOf(runs, { sort: '-name' })).toEqual(['pinned', 'r10', 'r9', 'none', 'low', 'high'])
})

test('statuses are sorted by urgency, and by default the newest run comes first', () => {
  const statuses = ['finished', 'idle', 'silent', 'unknown', 'paused', 'running'] as const
  const runs = statuses.map((status, i) => tableRun(status, { row: { status, updated: i % 2 === 0 ? i : -i } }))
  expect(namesOf(runs, { sort: 'status' })).toEqual(['running', 'paused', 'unknown', 'silent', 'idle', 'finished'])
  expect(namesOf(runs, {})).toEqual(['paused', 'silent', 'finished', 'idle', 'unknown', 'running'])
})

test('archived runs are left out, unless the filter names them', () => {
  const runs = [tableRun('a', { labels: { archived: true } }), tableRun('b', { labels: { star: true } })]
  expect(namesOf(runs, { filter: '' })).toEqual(['b'])
  expect(namesOf(runs, { filter: 'is:star' })).toEqual(['b'])
  expect(namesOf(runs, { filter: 'is:archived' })).toEqual(['a'])
  expect(namesOf(runs, { filter: 'not:is:archived' })).toEqual(['b'])
  expect(namesOf(runs, { filter: 'is:pin' })).toEqual([])
})

test('groups come in the order of their values, unknown ones last, even if the sorting is descending', () => {
  const runs = [
    tableRun('a', { params: { lr: 10 }, row: { step: 1 } }),
    tableRun('b', { row: { step: 9 } }),
    tableRun('c', { params: { lr: 2 }, row: { step: 2 } }),
    tableRun('d', { params: { lr: 2 }, row: { step: 3 } }),
  ]
  const { runs: sorted, groups } = arrange(runs, { group: 'p:lr', sort: '-step' })
  expect(sorted.map(({ row }) => row.name)).toEqual(['d', 'c', 'a', 'b'])
  expect(groups).toEqual([
    { value: 2, count: 2 },
    { value: 10, count: 1 },
    { value: null, count: 1 },
  ])
  expect(arrange(runs, { group: 'nothing' }).groups).toEqual([])
  expect(arrange([], { group: 'p:lr' })).toEqual({ runs: [], groups: [] })
})
