import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { BlockStorage } from '../src/history/metric-table.ts'
import { MetricTable } from '../src/history/metric-table.ts'
import { SeriesCache } from '../src/history/series-cache.ts'
import { windowOf } from '../src/history/window.ts'

test('with any writes, spills and queries in between, series and ghosts equal those of the whole file', () => {
  const record = fc.record({
    back: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 30 }) }),
    stride: fc.oneof({ weight: 8, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.nat(3) }),
    names: fc.subarray(['a', 'b', 'c'], { minLength: 1 }),
    after: fc.constantFrom('nothing', 'nothing', 'nothing', 'ask', 'put away', 'forget'),
  })
  fc.assert(
    fc.property(fc.array(record, { maxLength: 120, size: 'max' }), (records) => {
      const storage = memoryStorage()
      const table = new MetricTable()
      const cache = new SeriesCache(table)
      const lines: { step: number; metrics: Record<string, number> }[] = []
      let step = 0
      for (const { back, stride, names, after } of records) {
        step = Math.max(0, step + stride - back)
        const metrics = Object.fromEntries(names.map((name) => [name, lines.length]))
        lines.push({ step, metrics })
        add(table, { step, metrics })
        if (after === 'ask') for (const name of names) check(name)
        else if (after === 'put away') table.spill(storage)
        else if (after === 'forget') cache.trim(0)
      }
      for (const name of ['a', 'b', 'c']) check(name)

      function check(name: string): void {
        const { series, ghosts } = cache.get(table.scanner.idOf(name), storage)
        const attempts = lines.map(
          (_, at) => lines.slice(1, at + 1).filter((next, k) => next.step < (lines[k]?.step ?? 0)).length,
        )
        const points = lines.flatMap(({ step: at, metrics }, line) => {
          const value = metrics[name]
          return value === undefined ? [] : [{ at, value, attempt: attempts[line] ?? 0 }]
        })
        const last = new Map(points.map((point) => [point.at, point]))
        expect(pairs(series)).toEqual(
          [...last.values()].sort((x, y) => x.at - y.at).map(({ at, value }) => [at, value]),
        )
        const ofAttempt = new Map(points.map((point) => [`${point.attempt} ${point.at}`, point]))
        const lost = [...ofAttempt.values()].filter(({ at, attempt }) => last.get(at)?.attempt !== attempt)
        lost.sort((x, y) => x.attempt - y.attempt || x.at - y.at)
        expect(ghosts.flatMap((ghost) => pairs(ghost.series).map((pair) => [ghost.attempt, ...pair]))).toEqual(
          lost.map(({ attempt, at, value }) => [attempt, at, value]),
        )
        expect(windowOf(series, { pixels: 1 }).max[0]).toBe(
          last.size === 0 ? undefined : Math.max(...[...last.values()].map(({ value }) => value)),
        )
      }
    }),
    { numRuns: 150, endOnFailure: true },
  )
})

function add(table: MetricTable, record: object): void {
  const bytes = new TextEncoder().encode(`${JSON.stringify(record)}\n`)
  table.scanner.scan(bytes, 0, bytes.length - 1)
  table.add()
}

function memoryStorage(): BlockStorage {
  const kept: Uint8Array[] = []
  return {
    write: (bytes) => ({ segment: kept.push(bytes.slice()) - 1, offset: 0 }),
    read: ({ segment }, into) => into.set(kept[segment] ?? new Uint8Array(0)),
  }
}

function pairs(series: { readonly steps: Float64Array; readonly values: Float64Array }): number[][] {
  return Array.from(series.steps, (at, place) => [at, series.values[place] ?? Number.NaN])
}
