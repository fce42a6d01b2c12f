import type { EmaOptions } from '@hotcb/metrics/judge'
import { type ReadonlySignal, signal } from '@preact/signals'
import { isSuspicious, type StepExtent } from '../../shared/metric-notes.ts'
import type { MetricsData, WindowRequest, WireSeriesWindow } from '../../shared/wire.ts'
import { runPath, send } from '../api.ts'
import { pageConfig } from '../session.ts'
import { type Following, follow, subscribe } from '../socket.ts'
import { createFrameQueue } from './frame-queue.ts'
import { type HeldSeries, holdWindow, isAfter, joinNews, type LiveNews } from './held-series.ts'

/** The steps to show; null extends to the start or end of the run. `last` follows the latest N steps. */
export interface Span {
  readonly from: number | null
  readonly to: number | null
  readonly last: number | null
}

/** The data that charts read: the points of each line, and the visible steps. */
export interface PlotSeries {
  readonly extent: ReadonlySignal<StepExtent>
  /** The first and last visible step. */
  readonly shown: readonly [number, number]
  get(name: string): HeldSeries | undefined
  /** Follows these lines until the returned function is called. `draw` is called when they change, at most once per frame. */
  want(names: readonly string[], pixels: number, draw: () => void): () => void
}

/** Keeps the visible charts' data: windows from the server, and the live points after them. */
export class SeriesStore implements PlotSeries {
  readonly #run: string
  readonly #onNewNames: () => void
  readonly #wanted: Map<string, { count: number; pixels: number }> = new Map()
  readonly #series: Map<string, HeldSeries> = new Map()
  readonly #watchers: Set<Watcher> = new Set()
  readonly #frames = createFrameQueue<Watcher>((watcher) => watcher.draw(), FRAME_MS)
  /** The live points of each metric since its window was requested. They are joined to the answer. */
  readonly #live: Map<string, LiveNews[]> = new Map()
  readonly #stream: Following<'metrics'>
  #leave: (() => void) | undefined
  #syncTimer: ReturnType<typeof setTimeout> | undefined
  #extentTimer: ReturnType<typeof setTimeout> | undefined
  #fetching: AbortController | undefined
  #fetchingKey = ''
  #ema: EmaOptions | undefined
  #span: Span = { from: null, to: null, last: null }
  #ahead: readonly number[] = []
  #subscribed = ''
  #revision = 0
  #epoch = 0
  #isClosed = false
  /** The known first and last step of the run. */
  readonly extent = signal<StepExtent>({ first: 0, last: 0 })

  constructor(run: string, onNewNames: () => void) {
    this.#run = run
    this.#onNewNames = onNewNames
    this.#stream = {
      run,
      channel: 'metrics',
      cursor: null,
      names: [],
      onData: (data) => this.#take(data),
      onRestart: () => {
        subscribe(this.#stream)
        this.refetch()
        this.#onNewNames()
      },
    }
  }

  /** Returns a metric's loaded data. */
  get(name: string): HeldSeries | undefined {
    return this.#series.get(name)
  }

  get span(): Span {
    return this.#span
  }

  /** Returns the first and last visible step. */
  get shown(): readonly [number, number] {
    const { first, last } = this.extent.value
    const { from, to, last: newest } = this.#span
    const start = newest !== null ? Math.max(first, last - newest) : (from ?? first)
    const end = to ?? last + roomAhead(this.#ahead, start, last)
    return end > start ? [start, end] : [start, start + 1]
  }

  /** Shows another range. Loaded points are drawn immediately, and missing ones are fetched a moment later. */
  setSpan(span: Span): void {
    const before = this.#span
    if (before.from === span.from && before.to === span.to && before.last === span.last) return
    this.#span = span
    if (span.to !== null) this.#live.clear()
    this.#drawAll()
    this.#plan(FETCH_DELAY_MS)
  }

  /** Leaves room after the latest step for planned values at these steps. */
  setAhead(planned: readonly number[]): void {
    if (planned.join() === this.#ahead.join()) return
    this.#ahead = planned
    this.#drawAll()
  }

  /** Smooths all metrics from now on; 0 turns smoothing off. */
  setSmoothing(weight: number): void {
    if (weight === (this.#ema?.weight ?? 0)) return
    this.#ema = weight > 0 ? { weight } : undefined
    this.#plan(FETCH_DELAY_MS)
  }

  /** Follows these metrics until the returned function is called. `draw` is called when they change, at most once per frame. */
  want(names: readonly string[], pixels: number, draw: () => void): () => void {
    const watcher = { names: new Set(names), draw }
    this.#watchers.add(watcher)
    for (const name of names) {
      const wanted = this.#wanted.get(name) ?? { count: 0, pixels: 0 }
      this.#wanted.set(name, { count: wanted.count + 1, pixels: Math.max(wanted.pixels, pixels) })
    }
    this.#plan(20)
    return () => {
      this.#watchers.delete(watcher)
      this.#frames.remove(watcher)
      for (const name of names) {
        const wanted = this.#wanted.get(name)
        if (wanted === undefined) continue
        if (wanted.count > 1) this.#wanted.set(name, { ...wanted, count: wanted.count - 1 })
        else this.#wanted.delete(name)
      }
      this.#plan(500)
    }
  }

  /** Fetches all requested data again. */
  refetch(): void {
    for (const series of this.#series.values()) series.key = ''
    // The next answer will contain the live points so far, and an answer in flight is out of date.
    this.#live.clear()
    this.#epoch++
    this.#plan(0)
  }

  noteExtent(first: number | null, last: number | null): void {
    if (first === null || last === null) return
    const now = this.extent.value
    if (now.first === first && now.last === last) return
    this.extent.value = { first, last }
    this.#drawAll()
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#syncTimer)
    clearTimeout(this.#extentTimer)
    this.#frames.close()
    this.#fetching?.abort()
    this.#leave?.()
  }

  #plan(ms: number): void {
    if (this.#isClosed) return
    clearTimeout(this.#syncTimer)
    this.#syncTimer = setTimeout(() => void this.#sync(), ms)
  }

  async #sync(): Promise<void> {
    this.#followWanted()
    const key = this.#key()
    if (this.#fetching !== undefined) {
      // A request that is still needed is not repeated, because that would only delay its answer.
      if (this.#fetchingKey !== key) this.#fetching.abort()
      return
    }
    const missing = [...this.#wanted].filter(([name]) => this.#series.get(name)?.key !== key).map(([name]) => name)
    if (missing.length === 0) return
    this.#fetching = new AbortController()
    this.#fetchingKey = key
    const { signal } = this.#fetching
    let again = 0
    try {
      for (let i = 0; i < missing.length; i += BATCH) await this.#fetch(missing.slice(i, i + BATCH), key, signal)
    } catch {
      // The request was aborted because of another span, or the server does not respond.
      if (!signal.aborted) again = 2000
    }
    this.#fetching = undefined
    this.#forget()
    this.#plan(again)
  }

  async #fetch(names: readonly string[], key: string, signal: AbortSignal): Promise<void> {
    const epoch = this.#epoch
    const { from, to, share } = this.#margins()
    const most = pageConfig.value.chart.max_render_points
    const ema = this.#ema
    const requests: WindowRequest[] = names.map((name) => {
      const pixels = Math.min(most, Math.ceil((this.#wanted.get(name)?.pixels ?? 600) * share))
      return { name, from, to, pixels, ema: ema ?? null }
    })
    const path = runPath(this.#run, 'metrics/windows')
    const { windows } = await send<{ readonly windows: readonly WireSeriesWindow[] }>(
      path,
      { requests },
      'POST',
      signal,
    )
    if (epoch !== this.#epoch) return
    for (const window of windows) this.#put(holdWindow(window, key, ema))
  }

  /** Stores a window, and appends the live points that arrived while it was fetched. */
  #put(held: HeldSeries): void {
    const end = held.newest?.step ?? Number.NEGATIVE_INFINITY
    const live = (this.#live.get(held.name) ?? []).filter((news) => isAfter(news, end))
    this.#live.set(held.name, live)
    this.#series.set(held.name, held)
    if (this.#span.to === null) for (const news of live) this.#join(held, news)
    held.revision = ++this.#revision
    this.#mark(held.name)
  }

  /**
   * The range to fetch is a little wider than the visible one, so that lines continue beyond the edges of the chart and a small pan
   * needs no wait.
   */
  #margins(): { readonly from: number | null; readonly to: number | null; readonly share: number } {
    const { from, to, last } = this.#span
    const [start, end] = this.shown
    const margin = (end - start) * MARGIN
    const isOpenLeft = from === null && last === null
    return {
      from: isOpenLeft ? null : start - margin,
      to: to === null ? null : end + margin,
      // The number of pixels grows in proportion, so that each one is as wide as a pixel on the screen.
      share: 1 + (isOpenLeft ? 0 : MARGIN) + (to === null ? 0 : MARGIN),
    }
  }

  #key(): string {
    const { from, to, last } = this.#span
    return `${from}:${to}:${last}:${this.#ema?.weight ?? 0}`
  }

  #followWanted(): void {
    const names = [...this.#wanted.keys()].sort()
    const key = names.join('\n')
    if (key === this.#subscribed && this.#leave !== undefined) return
    this.#subscribed = key
    this.#stream.names = names
    if (this.#leave === undefined) this.#leave = follow(this.#stream)
    else subscribe(this.#stream)
  }

  #take({ series, bursts, last_step: lastStep, rewound, new_names: hasNewNames }: MetricsData): void {
    if (hasNewNames) this.#onNewNames()
    if (lastStep !== null && isSuspicious(lastStep, this.extent.value)) this.#askExtent()
    else if (lastStep !== null && lastStep !== this.extent.value.last) {
      this.extent.value = { ...this.extent.value, last: lastStep }
      if (this.#span.to === null) this.#drawAll()
    }
    // Windows that are fetched from now on contain these points, but the windows that they replace do not.
    if (rewound) {
      this.refetch()
      return
    }
    for (const [name, [steps, values]] of Object.entries(series)) this.#hear(name, { kind: 'points', steps, values })
    for (const [name, buckets] of Object.entries(bursts)) this.#hear(name, { kind: 'burst', buckets })
  }

  /** Requests the names and the extent again, at most twice a second. */
  #askExtent(): void {
    this.#extentTimer ??= setTimeout(() => {
      this.#extentTimer = undefined
      this.#onNewNames()
    }, EXTENT_MS)
  }

  #hear(name: string, news: LiveNews): void {
    // New points are outside a span that ends before the latest step.
    if (this.#span.to !== null) return
    const live = this.#live.get(name) ?? []
    live.push(news)
    this.#live.set(name, live)
    const held = this.#series.get(name)
    if (held === undefined) return
    this.#join(held, news)
    held.revision = ++this.#revision
    this.#mark(name)
  }

  #join(held: HeldSeries, news: LiveNews): void {
    const outcome = joinNews(held, news)
    const isLong = held.count.length - held.fetched > MOST_LIVE
    if (held.key === '' || (outcome === 'joined' && !isLong)) return
    held.key = ''
    this.#plan(isLong ? 0 : STALE_MS)
  }

  #drawAll(): void {
    for (const watcher of this.#watchers) this.#frames.add(watcher)
  }

  #mark(name: string): void {
    for (const watcher of this.#watchers) if (watcher.names.has(name)) this.#frames.add(watcher)
  }

  #forget(): void {
    for (const name of this.#series.keys()) {
      if (this.#series.size <= MOST_KEPT) return
      if (this.#wanted.has(name)) continue
      this.#series.delete(name)
      this.#live.delete(name)
    }
  }
}

/**
 * Returns the number of steps to show after the latest one: up to the last planned step that needs at most a third of the visible
 * range, plus a margin. If all planned steps are further away, only a narrow strip is shown.
 */
function roomAhead(planned: readonly number[], start: number, last: number): number {
  const rooms = planned.filter((step) => step > last).map((step) => (step - last) * 1.08)
  if (rooms.length === 0) return 0
  const fitting = rooms.filter((room) => room <= (last - start) / 2)
  return fitting.length > 0 ? Math.max(...fitting) : (last - start) / 12
}

interface Watcher {
  readonly names: ReadonlySet<string>
  readonly draw: () => void
}

// This many windows take a few hundred kilobytes. A longer answer would block the page while it is parsed.
const BATCH = 12
const FETCH_DELAY_MS = 120
const EXTENT_MS = 500
// The delay until a series that is no longer exact is fetched again.
const STALE_MS = 1000
const MOST_LIVE = 3000
const MOST_KEPT = 300
/** How much more than the visible span is fetched on each side, as a fraction of it. */
const MARGIN = 0.25
/** The drawing time per frame. A frame has 16 ms, and the browser needs the rest. */
const FRAME_MS = 5
