import { describe, expect, test } from 'vitest'
import { type BlockStorage, MetricTable } from '../src/history/metric-table.ts'
import { SeriesCache } from '../src/history/series-cache.ts'
import { bytesOf } from './scanned-record.ts'

// Hand-picked tables; series-cache.prop.test.ts uses random ones.

interface Line {
  readonly step: number
  readonly metrics: Readonly<Record<string, number>>
  readonly wall_time?: number
}

function setUp(...lines: readonly Line[]) {
  const kept: Uint8Array[] = []
  const reads: number[] = []
  const storage: BlockStorage = {
    write: (bytes) => ({ segment: kept.push(bytes.slice()) - 1, offset: 0 }),
    read: ({ segment }, into) => {
      reads.push(segment)
      into.set(kept[segment] ?? new Uint8Array(0))
    },
  }
  const table = new MetricTable()
  const add = (...more: readonly Line[]): void => {
    for (const line of more) {
      const bytes = bytesOf(`${JSON.stringify(line)}\n`)
      table.scanner.scan(bytes, 0, bytes.length - 1)
      table.add()
    }
  }
  add(...lines)
  const pointsOf = (name: string, from?: number) => {
    const { steps, values, records, times } = table.points(table.scanner.idOf(name), storage, from)
    return { steps: [...steps], values: [...values], records: [...records], times: [...times] }
  }
  return { table, storage, kept, reads, add, pointsOf }
}

/** Lines with `a` in each, and `b` in every third. */
function lines(from: number, to: number, add = 0): Line[] {
  return Array.from({ length: to - from }, (_, at) => {
    const step = from + at
    return {
      step,
      wall_time: step + 0.5,
      metrics: step % 3 === 0 ? { a: step + add, b: -step - add } : { a: step + add },
    }
  })
}

describe('a table', () => {
  test('has the points and the last value of each name, and whether steps ever went back', () => {
    const { table, add } = setUp(...lines(0, 7))
    const [a, b] = [table.scanner.idOf('a'), table.scanner.idOf('b')]
    expect(table.column(a)).toMatchObject({ points: 7, lastStep: 6, lastValue: 6, rising: true, dense: true })
    expect(table.column(b)).toMatchObject({ points: 3, lastStep: 6, lastValue: -6, rising: true, dense: false })
    expect(table.seams).toEqual([])
    add({ step: 7, metrics: { b: 1 } }, { step: 7, metrics: { a: 1 } }, { step: 3, metrics: { a: 2 } })
    expect(table.column(a)).toMatchObject({ points: 9, rising: false, dense: false })
    expect(table.column(b)).toMatchObject({ points: 4, lastStep: 7, rising: true })
    expect(table.seams).toEqual([9])
    add({ step: 3, metrics: { b: 5 } }, { step: 3, metrics: { b: 6 } })
    expect(table.column(b)).toMatchObject({ points: 6, rising: false })
    expect(table.seams).toEqual([9])
    expect(table.column(9)).toMatchObject({ points: 0, lastStep: Number.NaN, rising: true, dense: true })
    expect(table.pending).toBe(15)
  })

  test('includes only its current records in the range of steps', () => {
    const { table, add } = setUp(...lines(5, 9))
    expect([table.range, table.range]).toEqual(Array(2).fill({ first: 5, last: 8, far: undefined }))
    add(...lines(9, 200))
    expect(table.range).toEqual({ first: 5, last: 199, far: undefined })
  })

  test('returns the same points from memory, from storage, and from both, starting at any index', () => {
    const all = lines(0, 40)
    const memory = setUp(...all)
    for (const cuts of [[40], [13], [1, 2, 39], [10, 20, 30]]) {
      const { table, storage, add, pointsOf, reads } = setUp()
      let before = 0
      for (const cut of cuts) {
        add(...all.slice(before, cut))
        table.spill(storage)
        expect(table.pending).toBe(0)
        before = cut
      }
      table.spill(storage)
      add(...all.slice(before))
      for (const from of [undefined, 0, 1, 9, 10, 11, 14]) {
        for (const name of ['a', 'b']) expect(pointsOf(name, from)).toEqual(memory.pointsOf(name, from))
      }
      // A block before the wanted points is not read.
      reads.length = 0
      pointsOf('a', cuts[0])
      expect(reads).toHaveLength(cuts.length - 1)
    }
  })

  test('stores eight bytes for each point of consecutive records, and twelve where records are missing', () => {
    const { table, storage, kept } = setUp(...lines(0, 10))
    table.spill(storage)
    expect(kept.map(({ length }) => length)).toEqual([80, 48])
    const [a, b] = table.columns
    expect(a?.blocks).toEqual([{ count: 10, firstRecord: 0, sparse: false, segment: 0, offset: 0 }])
    expect(b?.blocks).toEqual([{ count: 4, firstRecord: 0, sparse: true, segment: 1, offset: 0 }])
  })

  test('keeps a point in memory that the storage does not accept', () => {
    const { table, storage, pointsOf } = setUp(...lines(0, 6))
    const before = pointsOf('a')
    const full = (): never => {
      throw new Error('no space left')
    }
    expect(() => table.spill({ ...storage, write: full })).toThrow('no space left')
    expect([pointsOf('a'), table.pending]).toEqual([before, 8])
  })

  test('uses less memory after its points have been stored and the reserved space has been freed', () => {
    const { table, storage, add, pointsOf } = setUp(...lines(0, 2000))
    const { bytes } = table
    table.shrink()
    expect([table.bytes, pointsOf('a').values.length]).toEqual([bytes, 2000])
    table.spill(storage)
    expect(bytes - table.bytes).toBe(18 * (2000 + 667))
    table.shrink()
    expect(table.columns.map(({ values, records }) => [values.data.length, records.data.length])).toEqual([
      [0, 0],
      [0, 0],
    ])
    add(...lines(2000, 2003))
    expect(pointsOf('a', 1999).values).toEqual([1999, 2000, 2001, 2002])
  })
})

describe('a cache of series', () => {
  const liveOf = ({ table, storage }: ReturnType<typeof setUp>, cache: SeriesCache, name: string) => {
    const { series, ghosts } = cache.get(table.scanner.idOf(name), storage)
    return {
      steps: [...series.steps],
      values: [...series.values],
      times: [...(series.times ?? [])],
      ghosts: ghosts.map((ghost) => [ghost.attempt, [...ghost.series.steps], [...ghost.series.values]]),
    }
  }

  test.each([
    { what: 'grows', parts: [lines(0, 20), lines(20, 45), lines(45, 46)] },
    {
      what: 'is rewound later',
      parts: [lines(0, 20), lines(20, 30), lines(10, 40, 100), lines(40, 50), lines(45, 60, 200)],
    },
    {
      what: 'is rewound immediately',
      parts: [[...lines(0, 20), ...lines(5, 9, 100)], lines(9, 15, 100), lines(25, 30)],
    },
    {
      what: 'repeats a step',
      parts: [lines(0, 5), lines(4, 5, 50), lines(5, 9), [...lines(9, 12), ...lines(11, 14, 7)]],
    },
    { what: 'loses a name for a while', parts: [lines(0, 5), [{ step: 5, metrics: { b: 1 } }], lines(6, 20)] },
  ])('follows a file that $what as if it had been read in one step', ({ parts }) => {
    for (const spills of [false, true]) {
      const grown = setUp()
      const cache = new SeriesCache(grown.table)
      for (const part of parts) {
        grown.add(...part)
        liveOf(grown, cache, 'a')
        const known = cache.get(grown.table.scanner.idOf('a'), grown.storage)
        expect(cache.get(grown.table.scanner.idOf('a'), grown.storage)).toBe(known)
        if (spills) grown.table.spill(grown.storage)
        const whole = setUp(...parts.slice(0, parts.indexOf(part) + 1).flat())
        const fresh = new SeriesCache(whole.table)
        for (const name of ['a', 'b']) expect(liveOf(grown, cache, name)).toEqual(liveOf(whole, fresh, name))
      }
    }
  })

  test('counts the memory of its series, and drops the least recently used ones first', () => {
    const all = setUp(...lines(0, 3000))
    const { table, storage } = all
    const cache = new SeriesCache(table)
    expect(cache.bytes).toBe(0)
    const [a, b] = [table.scanner.idOf('a'), table.scanner.idOf('b')]
    cache.get(a, storage)
    const first = cache.bytes
    // `a` shares steps and times with the table; `b` has its own.
    expect(first).toBeGreaterThan(3000 * 8)
    expect(first).toBeLessThan(3000 * 16)
    const known = cache.get(b, storage)
    const both = cache.bytes
    expect(both - first).toBeGreaterThan(1000 * 24)
    cache.trim(both)
    expect(cache.bytes).toBe(both)
    cache.get(a, storage)
    cache.trim(first)
    expect(cache.bytes).toBe(first)
    expect(cache.get(b, storage)).not.toBe(known)
    cache.trim(0)
    expect(cache.bytes).toBe(0)
  })
})
