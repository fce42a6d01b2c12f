import { resolveAttempts } from './attempts.ts'
import { type Column, contents, pushAll } from './column.ts'
import type { BlockStorage, MetricTable } from './metric-table.ts'
import { createSeries, extendSeries, type Ghost, isRising, type Series, type SeriesPoints } from './series.ts'

/** A cache of a table's series. The least recently used series are dropped when the cache is too large. */
export class SeriesCache {
  readonly #table: MetricTable
  readonly #entries = new Map<number, Entry>()
  #bytes = 0

  constructor(table: MetricTable) {
    this.#table = table
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Returns the current series of one metric. */
  get(id: number, storage: BlockStorage | undefined): { readonly series: Series; readonly ghosts: readonly Ghost[] } {
    const known = this.#entries.get(id)
    this.#entries.delete(id)
    if (known !== undefined) this.#bytes -= known.bytes
    const entry = this.#extend(id, known, storage) ?? this.#load(id, storage)
    this.#entries.set(id, entry)
    this.#bytes += entry.bytes
    return entry
  }

  /** Drops the least recently used series until at most `limit` bytes are in use. */
  trim(limit: number): void {
    for (const [id, entry] of this.#entries) {
      if (this.#bytes <= limit) return
      this.#entries.delete(id)
      this.#bytes -= entry.bytes
    }
  }

  #load(id: number, storage: BlockStorage | undefined): Entry {
    const { points, rising, dense } = this.#table.column(id)
    const raw = this.#table.points(id, storage)
    const sharesRecords = rising && dense
    const live = rising
      ? { series: createSeries(raw.steps, raw.values, raw.times), ghosts: [] }
      : resolveAttempts(raw, this.#table.seams)
    const { steps, values, times = new Float64Array(0) } = live.series
    return {
      ...live,
      points,
      values: { data: values, length: values.length },
      own: sharesRecords
        ? null
        : { steps: { data: steps, length: steps.length }, times: { data: times, length: times.length } },
      bytes: bytesOf(live, sharesRecords),
    }
  }

  /** Extends a known series by later points; undefined if the series must be rebuilt. */
  #extend(id: number, known: Entry | undefined, storage: BlockStorage | undefined): Entry | undefined {
    const { points, rising, dense } = this.#table.column(id)
    if (known === undefined || known.points === points) return known
    if (known.own === null && !(rising && dense)) return undefined
    const more = this.#table.points(id, storage, known.points)
    const { steps: before } = known.series
    if (!rising && !(isRising(more.steps) && (more.steps[0] ?? 0) > (before[before.length - 1] ?? 0))) return undefined
    pushAll(known.values, more.values)
    if (known.own !== null) {
      pushAll(known.own.steps, more.steps)
      pushAll(known.own.times, more.times)
    }
    const values = contents(known.values)
    const series = extendSeries(known.series, { ...this.#recordsOf(known, points), values })
    return { ...known, series, points, bytes: bytesOf({ series, ghosts: known.ghosts }, known.own === null) }
  }

  #recordsOf({ own }: Entry, points: number): Pick<SeriesPoints, 'steps' | 'times'> {
    if (own !== null) return { steps: contents(own.steps), times: contents(own.times) }
    const { steps, times } = this.#table
    return { steps: steps.data.subarray(0, points), times: times.data.subarray(0, points) }
  }
}

interface Entry {
  readonly series: Series
  readonly ghosts: readonly Ghost[]
  readonly points: number
  readonly values: Column<Float64Array>
  /** Null if the steps and times are shared with the table. */
  readonly own: { readonly steps: Column<Float64Array>; readonly times: Column<Float64Array> } | null
  readonly bytes: number
}

function bytesOf(live: { series: Series; ghosts: readonly Ghost[] }, sharesRecords: boolean): number {
  const own = [live.series, ...live.ghosts.map((ghost) => ghost.series)]
  const sum = own.reduce((bytes, { values, pyramid, emas, gaps }) => {
    return bytes + values.byteLength * 3 + pyramid.bytes + emas.bytes + gaps.byteLength
  }, 0)
  return sharesRecords ? sum - 2 * live.series.steps.byteLength : sum
}
