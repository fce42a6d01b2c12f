import { expect, test } from 'vitest'
import { createAxis } from '../src/axis.ts'
import { choice, float, int, type Trial } from '../src/index.ts'
import { TrialTable } from '../src/trial-table.ts'

const AXES = [createAxis('x', float(0, 1)), createAxis('c', choice(['a', 'b'])), createAxis('n', int(1, 9))]

function ended(number: number, more: Partial<Trial>): Trial {
  return { number, params: {}, state: 'complete', value: undefined, reason: undefined, reports: [], ...more }
}

test('slots are kept in the order of their coordinates, and the older of two equal ones comes first', () => {
  const table = new TrialTable(AXES, 'minimize')
  const xs = Array.from({ length: 40 }, (_, i) => ((i * 7) % 20) / 20)
  expect([table.size, table.useful, table.ranked]).toEqual([0, 0, []])
  for (const [i, x] of xs.entries()) {
    table.begin(100 + i, [x, i % 2, 1 - x])
    const slots = Array.from({ length: i + 1 }, (_, slot) => slot)
    const by = (sign: number): number[] => slots.slice().sort((a, b) => sign * ((xs[a] ?? 0) - (xs[b] ?? 0)) || a - b)
    expect([...(table.sorted[0] ?? [])].slice(0, i + 1)).toEqual(by(1))
    expect([...(table.sorted[2] ?? [])].slice(0, i + 1)).toEqual(by(-1))
    expect([...(table.columns[0] ?? [])].slice(0, i + 1)).toEqual(xs.slice(0, i + 1))
  }
  expect([table.size, table.isRunning(0), table.value(0), table.ignored.length]).toEqual([40, true, Number.NaN, 40])
  // An axis without order is not sorted.
  expect([...(table.columns[1] ?? [])].slice(0, 4)).toEqual([0, 1, 0, 1])
  expect([...(table.sorted[1] ?? [])].some((slot) => slot !== 0)).toBe(false)
})

test('a missing coordinate is NaN', () => {
  const table = new TrialTable(AXES, 'minimize')
  table.begin(0, [0.5])
  expect(table.columns.map((column) => column[0])).toEqual([0.5, Number.NaN, Number.NaN])
})

const OUTCOMES: readonly Partial<Trial>[] = [
  { value: 3 },
  { state: 'failed' },
  { state: 'pruned', reports: [{ step: 2, value: 1 }] },
  { value: 1 },
  { value: -9, constraints: [2] },
  { state: 'pruned' },
  { state: 'pruned', reports: [{ step: 5, value: 8 }] },
  { value: 3 },
  { value: -9, constraints: [0.5] },
  { state: 'pruned', reports: [{ step: 5, value: 7 }] },
  { value: -Infinity },
  { state: 'failed', constraints: [0.1] },
]

test.each([
  ['minimize', [10, 3, 0, 7, 9, 6, 2, 8, 4, 1, 5, 11]],
  ['maximize', [0, 7, 3, 10, 6, 9, 2, 8, 4, 1, 5, 11]],
] as const)('trials that have ended are ranked, in whichever order they end: %s', (direction, ranked) => {
  for (const stride of [1, 5, 7, 11]) {
    const table = new TrialTable([], direction)
    for (const number of OUTCOMES.keys()) table.begin(number, [])
    for (const i of OUTCOMES.keys()) {
      const number = (i * stride) % OUTCOMES.length
      table.finish(ended(number, OUTCOMES[number] ?? {}), false)
      expect([table.isRunning(number), table.ranked.length]).toEqual([false, i + 1])
    }
    expect(table.ranked).toEqual(ranked)
    // All except the two that failed and the one that was pruned before its first report.
    expect(table.useful).toBe(9)
  }
  const table = new TrialTable([], direction)
  for (const [number, outcome] of OUTCOMES.entries()) {
    table.begin(number, [])
    table.finish(ended(number, outcome), false)
  }
  expect([0, 1, 2, 4, 10, 12].map((slot) => table.value(slot))).toEqual([
    3,
    Number.NaN,
    Number.NaN,
    Number.NaN,
    -Infinity,
    Number.NaN,
  ])
})

test('a trial that is ignored has a slot and a value, but no rank', () => {
  const table = new TrialTable(AXES, 'minimize')
  table.begin(4, [0, 0, 0])
  table.begin(8, [0, 0, 0])
  table.finish(ended(4, { value: 1 }), true)
  table.finish(ended(8, { value: 2 }), false)
  expect([table.ranked, table.useful, table.ignored, table.value(0), table.size]).toEqual([[1], 1, [true, false], 1, 2])
  expect(() => table.finish(ended(5, {}), false)).toThrow('unreachable: trial 5 has not started')
})
