import { expect, test } from 'vitest'
import type { RunRow } from '../../src/shared/wire.ts'
import { arrange, parseSorting } from '../../src/web/runs/sorting.ts'

function row(name: string, fields: Partial<RunRow> = {}): RunRow {
  return {
    ...{ id: name, name, status: 'running', reason: null, step: 0, max_steps: null, steps_per_second: null },
    ...{ key_metric: null, last_change: null, freeze: 'off', updated: 0, started_at: null, config: null, seed: null },
    ...{ kernel: null, attempt: null, problem: null },
    ...fields,
  }
}

function names(rows: readonly RunRow[], filter: string, sorting = 'name'): readonly string[] {
  return arrange(rows, filter, parseSorting(sorting)).map(({ name }) => name)
}

test('a sorting is a column, descending with a minus; anything else means the newest first', () => {
  expect(parseSorting('step')).toEqual({ key: 'step', isDescending: false })
  expect(parseSorting('-step')).toEqual({ key: 'step', isDescending: true })
  for (const text of [null, '', 'toString', '-']) {
    expect(parseSorting(text)).toEqual({ key: 'updated', isDescending: true })
  }
})

test('names are sorted by their numbers', () => {
  expect(names([row('run-10'), row('run-9'), row('run-1')], '')).toEqual(['run-1', 'run-9', 'run-10'])
  expect(names([row('run-10'), row('run-9')], '', '-name')).toEqual(['run-10', 'run-9'])
})

test('unknown values come last in both directions, and equal values are sorted by name', () => {
  const rows = [row('c', { step: 5 }), row('a', { step: null }), row('b', { step: 5 }), row('d', { step: 9 })]
  expect(names(rows, '', 'step')).toEqual(['b', 'c', 'd', 'a'])
  expect(names(rows, '', '-step')).toEqual(['d', 'b', 'c', 'a'])
})

test('statuses are sorted by how much attention they need, not by the alphabet', () => {
  const rows = (['finished', 'idle', 'silent', 'unknown', 'paused', 'running'] as const).map((status) =>
    row(status, { status }),
  )
  expect(names(rows, '', 'status')).toEqual(['running', 'paused', 'unknown', 'silent', 'idle', 'finished'])
})

test('each column sorts by its own value', () => {
  const metric = (value: number | null): RunRow['key_metric'] => ({ name: 'val_loss', value, final: false })
  const low = row('low', { steps_per_second: 1, key_metric: metric(0.1), updated: 10 })
  const high = row('high', { steps_per_second: 2, key_metric: metric(0.2), updated: 20 })
  for (const column of ['speed', 'key', 'updated']) {
    expect([column, names([high, low], '', column)]).toEqual([column, ['low', 'high']])
  }
})

test('a filter keeps the rows that contain every word, in name, status or config, in any case', () => {
  const rows = [row('digits-1', { config: 'Adam' }), row('digits-2', { status: 'paused' }), row('gpt')]
  expect(names(rows, 'DIGITS')).toEqual(['digits-1', 'digits-2'])
  expect(names(rows, 'digits adam')).toEqual(['digits-1'])
  expect(names(rows, '  ')).toEqual(['digits-1', 'digits-2', 'gpt'])
  expect(names(rows, 'digits gpt')).toEqual([])
})

test('a filter `field:start` checks only that field', () => {
  const rows = [
    row('paused-a', { status: 'running', seed: 42 }),
    row('b', { status: 'paused', config: 'adam', freeze: 'prod' }),
  ]
  expect(names(rows, 'status:pau')).toEqual(['b'])
  expect(names(rows, 'seed:4')).toEqual(['paused-a'])
  expect(names(rows, 'config:ad')).toEqual(['b'])
  expect(names(rows, 'freeze:prod')).toEqual(['b'])
  expect(names(rows, 'config:x')).toEqual([])
})
