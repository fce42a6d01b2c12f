import { messageOf } from '@hotcb/protocol'
import type { LiveSeries } from '../../history/attempts.ts'
import { MetricTable } from '../../history/metric-table.ts'
import { pointsAround } from '../../history/points-around.ts'
import type { Series } from '../../history/series.ts'
import { SeriesCache } from '../../history/series-cache.ts'
import { statsOf } from '../../history/stats.ts'
import type { StepRange } from '../../history/step-range.ts'
import { bucketsOf, edgesOf, type WindowOptions, windowOf } from '../../history/window.ts'
import { cacheDirectories, makeCacheDirectory } from './cache-directory.ts'
import { LineReader, type LineTarget } from './line-reader.ts'
import type {
  AroundRequest,
  HistoryOverview,
  NamedPoints,
  NamedStats,
  SeriesRequest,
  SeriesWindow,
  StatsRequest,
} from './messages.ts'
import { sampleTable } from './sample.ts'
import { type BadLines, loadHistory, saveHistory } from './saved-history.ts'
import { Segments } from './segments.ts'
import { Source, type SourceMark, type SourceState, sourceState } from './source.ts'

/** Options for a file's history. */
export interface HistoryFileOptions {
  /** The directory for a cache that cannot be next to the file; false disables the cache on disk. */
  readonly cacheDirectory: string | false
  /** The directories that must contain the file. @defaultValue anywhere */
  readonly within?: readonly string[] | undefined
}

/** The sizes above which a file's history is treated differently. */
export interface HistoryLimits {
  /** Shorter files are not cached on disk, because reading them again is fast enough. */
  readonly cacheBytes: number
  /** If more bytes than this are unread, the file is sampled, so that the first chart does not have to wait. */
  readonly longBytes: number
  /** The history is saved only when this many bytes are new. */
  readonly saveBytes: number
  /** The number of points in memory above which they are moved to disk. */
  readonly spillPoints: number
}

const MIB = 1024 * 1024
// Two million points use 24 MB of memory.
const LIMITS: HistoryLimits = { cacheBytes: 4 * MIB, longBytes: 8 * MIB, saveBytes: 4 * MIB, spillPoints: 2_000_000 }

/** The history of one metrics file. It reads the file in slices, follows all its changes, and answers queries. */
export class HistoryFile implements LineTarget {
  readonly #path: string
  readonly #options: HistoryFileOptions
  readonly #limits: HistoryLimits
  #source: Source | undefined
  #state: SourceState | undefined
  #content: Content = { ...emptyContent(), fresh: true }
  // Samples from a long file, which are read first for an early answer.
  #sample: { readonly table: MetricTable; readonly cache: SeriesCache } | undefined
  // The mark (identity) of the content that was read.
  #mark: SourceMark | undefined
  #resets = -1
  #error: string | null = null
  #savedOffset = 0
  #sampleBytes: number | undefined

  constructor(path: string, options: HistoryFileOptions, limits: HistoryLimits = LIMITS) {
    this.#path = path
    this.#options = options
    this.#limits = limits
  }

  /**
   * Checks whether the file grew, shrank or was replaced. Returns true if anything changed.
   *
   * @param sampleBytes The number of bytes of a long file to read at once, for an early answer. @defaultValue 4.8 MB
   */
  refresh(sampleBytes?: number): boolean {
    this.#sampleBytes = sampleBytes
    try {
      return this.#look(sourceState(this.#path, this.#options.within))
    } catch (error) {
      this.#error = messageOf(error)
      return false
    }
  }

  /** The number of unread bytes. */
  get behind(): number {
    if (this.#source === undefined || this.#content.atEnd) return 0
    return Math.max(0, (this.#state?.size ?? 0) - this.#content.reader.offset)
  }

  /** Reads one slice. A failure is reported by `overview` and retried when the file changes. */
  step(): void {
    try {
      this.#step()
    } catch (error) {
      this.#content.atEnd = true
      this.#error = messageOf(error)
    }
  }

  line(bytes: Buffer, start: number, end: number, offset: number): void {
    const { table } = this.#content
    if (table.scanner.scan(bytes, start, end)) table.add()
    else if (!isBlank(bytes, start, end)) this.#countBad(offset, table.scanner.reason)
  }

  tooLong(offset: number): void {
    this.#countBad(offset, 'the line is longer than 16 MiB')
  }

  /** Returns an overview of the file and of each name. */
  overview(): HistoryOverview {
    const { reader, badLines } = this.#content
    const { table } = this.#visible
    const { names } = table.scanner
    const { first, last, far = null } = table.range
    const isEmpty = table.steps.length === 0
    return {
      path: this.#path,
      exists: this.#source !== undefined,
      bytes: this.#state?.size ?? 0,
      indexedBytes: reader.offset,
      complete: this.behind === 0,
      records: table.steps.length,
      firstStep: isEmpty ? null : first,
      lastStep: isEmpty ? null : last,
      farSteps: far,
      attempts: table.seams.length + 1,
      resets: Math.max(0, this.#resets),
      badLines,
      error: this.#error,
      names: names.flatMap((name, id) => {
        const { points, lastStep, lastValue, rising } = table.column(id)
        const last = { step: lastStep, value: Number.isFinite(lastValue) ? lastValue : null }
        return points === 0 ? [] : [{ name, points, last, rewound: !rising }]
      }),
    }
  }

  /** Returns one window per request, in order; undefined for an unknown name. */
  windows(requests: readonly SeriesRequest[]): (SeriesWindow | undefined)[] {
    const { range } = this.#visible.table
    return this.#each(requests, ({ name, ema, ...options }, { series, ghosts }, complete) => {
      const { from, to, edges } = edgesOf(series, withoutFar(options, series, range))
      const points = (edges.at(-1) ?? 0) - (edges[0] ?? 0)
      return {
        name,
        complete,
        buckets: { from, to, points, ...bucketsOf(series, edges) },
        ema: ema === undefined ? undefined : series.emas.of(ema).over(series, edges),
        ghosts: ghosts
          .map((ghost) => ({ attempt: ghost.attempt, buckets: windowOf(ghost.series, { ...options, from, to }) }))
          .filter(({ buckets }) => buckets.points > 0),
      }
    })
  }

  /** Returns statistics per request, in order; undefined for an unknown name. */
  stats(requests: readonly StatsRequest[]): (NamedStats | undefined)[] {
    return this.#each(requests, ({ name, ...options }, { series }, complete) => {
      return { name, complete, ...statsOf(series, options) }
    })
  }

  /** Returns the points around a step per request, in order; undefined for an unknown name. */
  pointsAround(requests: readonly AroundRequest[]): (NamedPoints | undefined)[] {
    return this.#each(requests, ({ name, step, points }, { series }, complete) => {
      return { name, complete, ...pointsAround(series, step, points) }
    })
  }

  #each<Request extends { readonly name: string }, Answer>(
    requests: readonly Request[],
    answer: (request: Request, live: LiveSeries, complete: boolean) => Answer,
  ): (Answer | undefined)[] {
    const { table, cache } = this.#visible
    return requests.map((request) => {
      const id = table.scanner.find(request.name)
      if (id === undefined || table.column(id).points === 0) return undefined
      return answer(request, cache.get(id, this.#content.storage), this.behind === 0)
    })
  }

  /** The approximate memory use in bytes. */
  get bytes(): number {
    return this.#content.table.bytes + this.#content.cache.bytes
  }

  /** Drops cached series until at most `limit` bytes remain. */
  trim(limit: number): void {
    this.#content.cache.trim(Math.max(0, limit - this.#content.table.bytes))
  }

  /** Drops all data. The next query reads the file again, or its cache on disk. */
  release(): void {
    if (this.#content.fresh) return
    this.close()
    this.#content = { ...emptyContent(), fresh: true }
    this.#state = undefined
    this.#mark = undefined
    // Reading the file again must not count as a reset.
    if (this.#resets >= 0) this.#resets--
  }

  /** Saves the history and closes the file. */
  close(): void {
    if (this.behind === 0 && this.#content.reader.offset - this.#savedOffset > this.#limits.saveBytes) this.#save()
    this.#source?.close()
    this.#source = undefined
    this.#content.storage?.close()
  }

  get #visible(): { readonly table: MetricTable; readonly cache: SeriesCache } {
    return this.#sample !== undefined && this.behind > 0 ? this.#sample : this.#content
  }

  #look(state: SourceState | undefined): boolean {
    if (state === undefined) {
      const wasThere = this.#source !== undefined
      this.#source?.close()
      this.#source = undefined
      this.#state = undefined
      return wasThere
    }
    const before = this.#state
    const same = this.#source !== undefined && before !== undefined && state.inode === this.#source.inode
    if (same && state.size === before.size && state.mtimeMs === before.mtimeMs && state.device === before.device) {
      return false
    }
    this.#state = state
    if (!same) {
      this.#source?.close()
      this.#source = new Source(this.#path, this.#options.within)
    }
    if (this.#content.fresh || !this.#fits(state, same)) this.#begin(state)
    this.#content.atEnd = false
    this.#error = null
    return true
  }

  /** Whether the file still begins with the content that was read. */
  #fits(state: SourceState, sameFile: boolean): boolean {
    if (state.size < this.#content.reader.offset || this.#source === undefined) return false
    return this.#mark === undefined ? sameFile : this.#source.matches(this.#mark)
  }

  /** Starts from scratch, or from this file's cache on disk. */
  #begin(state: SourceState): void {
    this.#resets++
    this.#content.storage?.close()
    this.#mark = undefined
    this.#content = this.#loadSaved(state) ?? emptyContent()
    const { reader } = this.#content
    this.#savedOffset = reader.offset
    this.#sample = undefined
    const { cacheDirectory, within } = this.#options
    if (state.size < this.#limits.cacheBytes || this.#source === undefined) return
    if (this.#content.storage === undefined && cacheDirectory !== false) {
      const directory = makeCacheDirectory(this.#path, cacheDirectory, within)
      this.#content.directory = directory
      this.#content.storage = directory === undefined ? undefined : new Segments(directory)
    }
    if (state.size - reader.offset > this.#limits.longBytes) {
      const table = sampleTable(this.#source, state.size, this.#sampleBytes)
      this.#sample = { table, cache: new SeriesCache(table) }
    }
  }

  #loadSaved(state: SourceState): Content | undefined {
    const { cacheDirectory, within } = this.#options
    if (cacheDirectory === false || state.size < this.#limits.cacheBytes) return undefined
    for (const directory of cacheDirectories(this.#path, cacheDirectory, within)) {
      const saved = loadHistory(directory)
      if (saved === undefined) continue
      if (saved.mark.offset <= state.size && this.#source?.matches(saved.mark)) {
        const reader = new LineReader()
        reader.offset = saved.mark.offset
        this.#mark = saved.mark
        const { table, badLines, segments: storage } = saved
        return { table, cache: new SeriesCache(table), reader, badLines, storage, directory, atEnd: false }
      }
      saved.segments.close()
    }
    return undefined
  }

  #step(): void {
    const { reader, table, storage } = this.#content
    if (this.#source === undefined) return
    // A file that is rewritten in place while it is being read must not produce a mixture of both contents.
    if (this.#mark !== undefined && this.#state !== undefined && !this.#source.matches(this.#mark)) {
      this.#begin(this.#state)
      return
    }
    const hasMore = reader.read(this.#source, this)
    this.#mark = this.#source.mark(reader.offset)
    if (!hasMore) {
      this.#content.atEnd = true
    } else if (table.pending > this.#limits.spillPoints && storage !== undefined) {
      this.#tryDisk(() => table.spill(storage))
    }
    if (this.behind === 0) this.#caughtUp()
  }

  #countBad(offset: number, reason: string): void {
    const { count, first } = this.#content.badLines
    this.#content.badLines = { count: count + 1, first: first ?? { offset, reason } }
  }

  #caughtUp(): void {
    this.#sample = undefined
    const unsaved = this.#content.reader.offset - this.#savedOffset
    if (unsaved > Math.max(this.#limits.saveBytes, this.#savedOffset / 8)) this.#save()
  }

  #save(): void {
    const { table, storage, directory, badLines, reader } = this.#content
    const mark = this.#mark
    if (storage === undefined || directory === undefined || mark === undefined) return
    this.#tryDisk(() => saveHistory(directory, { table, segments: storage, mark, badLines }))
    table.shrink()
    this.#savedOffset = reader.offset
  }

  /** Performs a disk operation. If it fails, the data stays in memory. */
  #tryDisk(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#error = `the history cannot be cached on disk: ${messageOf(error)}`
    }
  }
}

/**
 * Returns the options. If they have no bounds, adds bounds that leave out steps that are far away from all others.
 */
function withoutFar(options: WindowOptions, { steps }: Series, { first, last, far }: StepRange): WindowOptions {
  if (far === undefined) return options
  const { from = Math.max(first, steps[0] ?? first), to = Math.min(last, steps.at(-1) ?? last) } = options
  return { ...options, from, to }
}

interface Content {
  readonly table: MetricTable
  readonly cache: SeriesCache
  readonly reader: LineReader
  badLines: BadLines
  storage: Segments | undefined
  directory: string | undefined
  /** Whether the remaining bytes do not form a complete line yet. */
  atEnd: boolean
  /** Whether nothing was started. */
  readonly fresh?: boolean
}

function emptyContent(): Content {
  const table = new MetricTable()
  const cache = new SeriesCache(table)
  const badLines: BadLines = { count: 0, first: null }
  return { table, cache, reader: new LineReader(), badLines, storage: undefined, directory: undefined, atEnd: false }
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return false
  }
  return true
}
