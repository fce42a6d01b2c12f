import { signal } from '@preact/signals'
import type { MetricsData, SeriesWindow, WindowRequest } from '../../shared/wire.ts'
import { runPath, send } from '../api.ts'
import { pageConfig } from '../session.ts'
import { type Following, follow, subscribe } from '../socket.ts'

/** The points of one metric that are at hand for the span that is shown. */
export interface Series {
  readonly name: string
  readonly steps: number[]
  readonly values: (number | null)[]
  ghosts: SeriesWindow['ghosts']
  /** Points when it came from the server. */
  fetched: number
  /** The span it was fetched for. */
  span: string
  /** Changes with the points, so that what is drawn is made anew only then. */
  revision: number
}

/** Steps that are shown; null is as far as the run goes. `last` follows the newest so many steps. */
export interface Span {
  readonly from: number | null
  readonly to: number | null
  readonly last: number | null
}

/** Holds what the charts in sight show: windows from the server, and what comes live behind them. */
export class SeriesStore {
  readonly #run: string
  readonly #onNewNames: () => void
  readonly #wanted: Map<string, { count: number; pixels: number }> = new Map()
  readonly #series: Map<string, Series> = new Map()
  readonly #watchers: Set<{ readonly names: ReadonlySet<string>; readonly draw: () => void }> = new Set()
  readonly #changed: Set<string> = new Set()
  /** By metric that is to be fetched anew: what has come live since that was decided. */
  readonly #pending: Map<string, { steps: number[]; values: (number | null)[] }> = new Map()
  readonly #stream: Following<'metrics'>
  #leave: (() => void) | undefined
  #syncTimer: ReturnType<typeof setTimeout> | undefined
  #frame = 0
  #fetching: AbortController | undefined
  #fetchingSpan = ''
  #span: Span = { from: null, to: null, last: null }
  #subscribed = ''
  #revision = 0
  #epoch = 0
  #isClosed = false
  /** First and last step of the run, as far as known. */
  readonly extent = signal<{ readonly first: number; readonly last: number }>({ first: 0, last: 0 })

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

  /** What is at hand of a metric. */
  get(name: string): Series | undefined {
    return this.#series.get(name)
  }

  get span(): Span {
    return this.#span
  }

  /** Ends of what is shown, in steps. */
  get shown(): readonly [number, number] {
    const { first, last } = this.extent.value
    const { from, to, last: newest } = this.#span
    const end = to ?? last
    const start = newest !== null ? Math.max(first, last - newest) : (from ?? first)
    return end > start ? [start, end] : [start, start + 1]
  }

  /** Shows another span: what is here is drawn at once, what it lacks is fetched a moment later. */
  setSpan(span: Span): void {
    const before = this.#span
    if (before.from === span.from && before.to === span.to && before.last === span.last) return
    this.#span = span
    this.#drawAll()
    this.#plan(FETCH_DELAY_MS)
  }

  /** Wants metrics drawn until the function that this gives is called; `draw` is called, once a frame, when they change. */
  want(names: readonly string[], pixels: number, draw: () => void): () => void {
    const watcher = { names: new Set(names), draw }
    this.#watchers.add(watcher)
    for (const name of names) {
      const wish = this.#wanted.get(name) ?? { count: 0, pixels: 0 }
      this.#wanted.set(name, { count: wish.count + 1, pixels: Math.max(wish.pixels, pixels) })
    }
    this.#plan(20)
    return () => {
      this.#watchers.delete(watcher)
      for (const name of names) {
        const wish = this.#wanted.get(name)
        if (wish === undefined) continue
        if (wish.count > 1) this.#wanted.set(name, { ...wish, count: wish.count - 1 })
        else this.#wanted.delete(name)
      }
      this.#plan(500)
    }
  }

  /** Fetches everything that is wanted anew. */
  refetch(): void {
    for (const series of this.#series.values()) {
      series.span = ''
      this.#pending.set(series.name, { steps: [], values: [] })
    }
    // An answer that is on its way tells of the past.
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
    cancelAnimationFrame(this.#frame)
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
    const span = this.#spanKey()
    if (this.#fetching !== undefined) {
      // An answer that is still wanted is waited for: asking again would only make it later.
      if (this.#fetchingSpan !== span) this.#fetching.abort()
      return
    }
    const missing = [...this.#wanted].filter(([name]) => this.#series.get(name)?.span !== span).map(([name]) => name)
    if (missing.length === 0) return
    this.#fetching = new AbortController()
    this.#fetchingSpan = span
    const { signal } = this.#fetching
    let again = 0
    try {
      for (let i = 0; i < missing.length; i += BATCH) await this.#fetch(missing.slice(i, i + BATCH), span, signal)
    } catch {
      // Aborted by another span, or the server is away.
      if (!signal.aborted) again = 2000
    }
    this.#fetching = undefined
    this.#forget()
    this.#plan(again)
  }

  async #fetch(names: readonly string[], span: string, signal: AbortSignal): Promise<void> {
    const epoch = this.#epoch
    const { from, to } = this.#margins()
    const most = pageConfig.value.chart.max_render_points
    const requests: WindowRequest[] = names.map((name) => {
      return { name, from, to, pixels: Math.min(most, this.#wanted.get(name)?.pixels ?? 600) }
    })
    const path = runPath(this.#run, 'metrics/windows')
    const { windows } = await send<{ readonly windows: readonly SeriesWindow[] }>(path, { requests }, 'POST', signal)
    if (epoch !== this.#epoch) return
    for (const window of windows) this.#put(window, span)
  }

  /** Keeps a window, and behind it what came live while it was fetched. */
  #put({ name, steps, values, ghosts }: SeriesWindow, span: string): void {
    const before = this.#series.get(name)
    const pending = this.#pending.get(name)
    this.#pending.delete(name)
    const revision = ++this.#revision
    const series: Series = {
      name,
      steps: [...steps],
      values: [...values],
      ghosts,
      fetched: steps.length,
      span,
      revision,
    }
    const end = steps.at(-1) ?? Number.NEGATIVE_INFINITY
    if (this.#span.to === null) {
      const live = pending ?? { steps: before?.steps ?? [], values: before?.values ?? [] }
      let at = live.steps.length
      while (at > 0 && (live.steps[at - 1] ?? 0) > end) at--
      // Of what was fetched before, nothing is of this window: only what came live is newer.
      if (pending === undefined) at = Math.max(at, before?.fetched ?? 0)
      series.steps.push(...live.steps.slice(at))
      series.values.push(...live.values.slice(at))
    }
    this.#series.set(name, series)
    this.#mark(name)
  }

  /** A little more than is shown, so that lines leave the chart at its edges and a small pan needs no wait. */
  #margins(): { readonly from: number | null; readonly to: number | null } {
    const { from, to, last } = this.#span
    const [start, end] = this.shown
    const margin = (end - start) * 0.25
    return {
      from: from === null && last === null ? null : start - margin,
      to: to === null ? null : end + margin,
    }
  }

  #spanKey(): string {
    const { from, to, last } = this.#span
    return `${from}:${to}:${last}`
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

  #take({ series, last_step: lastStep, rewound, new_names: hasNewNames }: MetricsData): void {
    if (hasNewNames) this.#onNewNames()
    if (rewound) this.refetch()
    if (lastStep !== null && lastStep !== this.extent.value.last) {
      this.extent.value = { ...this.extent.value, last: lastStep }
      if (this.#span.to === null) this.#drawAll()
    }
    if (this.#span.to !== null) return
    for (const [name, [steps, values]] of Object.entries(series)) {
      const held = this.#series.get(name)
      if (held !== undefined) this.#append(held, steps, values)
    }
  }

  #append(held: Series, steps: readonly number[], values: readonly (number | null)[]): void {
    const pending = this.#pending.get(held.name)
    if (pending !== undefined) {
      const isBack = (steps[0] ?? 0) < (pending.steps.at(-1) ?? Number.NEGATIVE_INFINITY)
      pending.steps = [...(isBack ? [] : pending.steps), ...steps]
      pending.values = [...(isBack ? [] : pending.values), ...values]
      return
    }
    addPoints(held, steps, values)
    held.revision = ++this.#revision
    this.#mark(held.name)
    if (held.steps.length - held.fetched > MOST_LIVE) {
      held.span = ''
      this.#plan(0)
    }
  }

  #drawAll(): void {
    for (const name of this.#wanted.keys()) this.#changed.add(name)
    this.#planFrame()
  }

  #mark(name: string): void {
    this.#changed.add(name)
    this.#planFrame()
  }

  #planFrame(): void {
    if (this.#frame !== 0) return
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0
      for (const { names, draw } of this.#watchers) {
        for (const name of names) {
          if (!this.#changed.has(name)) continue
          draw()
          break
        }
      }
      this.#changed.clear()
    })
  }

  #forget(): void {
    for (const name of this.#series.keys()) {
      if (this.#series.size <= MOST_KEPT) return
      if (!this.#wanted.has(name)) this.#series.delete(name)
    }
  }
}

const BATCH = 50
const FETCH_DELAY_MS = 120
const MOST_LIVE = 3000
const MOST_KEPT = 300

/** Adds points behind those that are there: the last value of a step wins, and a step that went back is left out. */
function addPoints(series: Series, steps: readonly number[], values: readonly (number | null)[]): void {
  for (const [i, step] of steps.entries()) {
    const last = series.steps.at(-1) ?? Number.NEGATIVE_INFINITY
    if (step < last) continue
    if (step === last) series.values[series.values.length - 1] = values[i] ?? null
    else {
      series.steps.push(step)
      series.values.push(values[i] ?? null)
    }
  }
}
