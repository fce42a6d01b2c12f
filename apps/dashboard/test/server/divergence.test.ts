import { expect, test } from 'vitest'
import { firstDivergence } from '../../src/server/compare/divergence.ts'
import type { HistoryPort } from '../../src/server/history-store.ts'
import type { WireSeriesWindow } from '../../src/shared/wire.ts'

type Series = Readonly<Record<string, readonly (readonly [step: number, value: number])[]>>

/** The history of a run with these points, which answers with buckets like the real one. */
function historyOf(series: Series, unread = 0): { readonly port: HistoryPort; readonly asked: string[][] } {
  const steps = Object.values(series).flatMap((points) => points.map(([step]) => step))
  const asked: string[][] = []
  const port = {
    names: async () => ({
      names: Object.keys(series).map((name) => ({ name, count: 1, last: 1, last_step: 1 })),
      first_step: steps.length === 0 ? null : Math.min(...steps),
      last_step: steps.length === 0 ? null : Math.max(...steps),
      far_steps: null,
      bad_lines: null,
      indexed_bytes: 100 - unread,
      total_bytes: 100,
    }),
    windows: async (requests: readonly { name: string; from: number; to: number; pixels: number }[]) => {
      asked.push(requests.map(({ name, from, to, pixels }) => `${name} ${from} ${to} ${pixels}`))
      return requests.map(({ name, from, to, pixels }) => windowOf(name, series[name] ?? [], from, to, pixels))
    },
  }
  // The search uses no other method of a history.
  return { port: port as unknown as HistoryPort, asked }
}

function windowOf(name: string, points: Series[string], from: number, to: number, pixels: number): WireSeriesWindow {
  const width = Math.ceil((to - from + 1) / pixels)
  const groups = new Map<number, (readonly [number, number])[]>()
  for (const point of points) {
    if (point[0] < from || point[0] > to) continue
    const at = Math.floor((point[0] - from) / width)
    groups.set(at, [...(groups.get(at) ?? []), point])
  }
  const all = [...groups.values()]
  const each = (pick: (group: (readonly [number, number])[]) => number) => all.map(pick)
  const values = (group: (readonly [number, number])[]) => group.map(([, value]) => value)
  const mean = each((group) => values(group).reduce((a, b) => a + b, 0) / group.length)
  const buckets = {
    first_step: each((group) => group[0]?.[0] ?? 0),
    last_step: each((group) => group.at(-1)?.[0] ?? 0),
    count: each((group) => group.length),
    gaps: each(() => 0),
    mean,
    min: each((group) => Math.min(...values(group))),
    max: each((group) => Math.max(...values(group))),
    first: each((group) => group[0]?.[1] ?? 0),
    last: each((group) => group.at(-1)?.[1] ?? 0),
  }
  return { name, count: points.length, complete: true, buckets, ema: null, ghosts: [] }
}

function curve(length: number, value: (step: number) => number): (readonly [number, number])[] {
  return Array.from({ length }, (_, step) => [step, value(step)] as const)
}

test('the first step at which two runs differ is found by splitting the bucket that contains it', async () => {
  const a = historyOf({ lr: curve(1000, () => 1), loss: curve(1000, (i) => i), late: curve(1000, (i) => i) })
  const b = historyOf({
    loss: curve(1000, (i) => (i === 737 || i > 900 ? -i : i)),
    late: curve(1000, (i) => (i < 738 ? i : 0)),
    lr: curve(1000, () => 1),
  })
  expect(await firstDivergence(a.port, b.port)).toEqual({
    first: { step: 737, name: 'loss', a: 737, b: -737 },
    names: ['lr', 'loss', 'late'],
    complete: true,
  })
  expect(a.asked).toEqual([
    ['lr 0 999 200', 'loss 0 999 200', 'late 0 999 200'],
    ['loss 735 739 200', 'late 735 739 200'],
  ])
})

test('only steps and metrics of both runs are compared, and no measurement of time or machine', async () => {
  const shared = { 'time/x': curve(9, () => 1), 'sys/x': curve(9, () => 1), 'my/time/x': curve(9, () => 1) }
  const other = { 'time/x': curve(9, () => 2), 'sys/x': curve(9, () => 2), 'my/time/x': curve(5, () => 1) }
  const a = historyOf({ ...shared, a: curve(9, () => 1) })
  const b = historyOf({ ...other, b: curve(20, () => 1), 'my/time/x': curve(9, () => 1) })
  expect(await firstDivergence(a.port, b.port)).toEqual({ first: null, names: ['my/time/x'], complete: true })
  expect(a.asked).toEqual([['my/time/x 0 8 200']])
})

test('a point that only one run has is a difference', async () => {
  const points = curve(10, (i) => i)
  const a = historyOf({ loss: points })
  const b = historyOf({ loss: points.filter(([step]) => step !== 4) })
  const { first } = await firstDivergence(a.port, b.port)
  expect(first).toEqual({ step: 4, name: 'loss', a: 4, b: 5 })
  expect((await firstDivergence(b.port, a.port)).first).toEqual({ step: 4, name: 'loss', a: 5, b: 4 })
})

test('runs without points or without common steps do not differ, and a file that is still being read is incomplete', async () => {
  const none = historyOf({})
  expect(await firstDivergence(none.port, none.port)).toEqual({ first: null, names: [], complete: true })
  const early = historyOf({ loss: curve(5, () => 1) }, 1)
  const late = historyOf({ loss: [[7, 2]] })
  expect(await firstDivergence(early.port, late.port)).toEqual({ first: null, names: ['loss'], complete: false })
  expect(await firstDivergence(late.port, early.port)).toEqual({ first: null, names: ['loss'], complete: false })
  expect(early.asked).toEqual([])
  const one = historyOf({ loss: [[4, 3]] })
  const { first } = await firstDivergence(early.port, one.port)
  expect(first).toEqual({ step: 4, name: 'loss', a: 1, b: 3 })
})

test('at most 200 metrics are compared', async () => {
  const series = (value: number) =>
    Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`m${i}`, [[1, i === 200 ? value : 1]] as const]))
  const a = historyOf(series(1))
  expect(await firstDivergence(a.port, historyOf(series(2)).port)).toMatchObject({
    first: null,
    names: { length: 200 },
  })
})
