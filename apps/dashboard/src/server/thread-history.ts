import { type MetricHistory, openHistoryStore } from '@hotcb/metrics/node'
import type {
  MetricNames,
  WindowRequest,
  WireAroundRequest,
  WireSeriesPoints,
  WireSeriesStats,
  WireSeriesWindow,
  WireStatsRequest,
} from '../shared/wire.ts'
import type { HistoryPort, OpenHistory } from './history-store.ts'
import { wirePoints, wireStats, wireWindow } from './series-wire.ts'

/** Histories of all runs of one dashboard. A separate thread reads them, and caches them on disk. */
export interface ThreadHistories {
  readonly open: OpenHistory
  close(): Promise<void>
}

/** Creates the histories. Their thread starts when the first run is opened. */
export function openThreadHistories(): ThreadHistories {
  const store = openHistoryStore()
  return {
    open: (runDir, roots) => {
      return new ThreadHistory(store.open(runDir, { within: roots }))
    },
    close: () => store.close(),
  }
}

class ThreadHistory implements HistoryPort {
  readonly #history: MetricHistory

  constructor(history: MetricHistory) {
    this.#history = history
  }

  async names(): Promise<MetricNames> {
    const overview = await this.#history.overview()
    const { count, first } = overview.badLines
    return {
      names: overview.names.map(({ name, points, last }) => {
        return { name, count: points, last: last.value, last_step: last.step }
      }),
      first_step: overview.firstStep,
      last_step: overview.lastStep,
      far_steps: overview.farSteps,
      bad_lines: first === null ? null : { count, reason: first.reason },
      indexed_bytes: overview.indexedBytes,
      total_bytes: overview.bytes,
    }
  }

  async windows(requests: readonly WindowRequest[]): Promise<readonly WireSeriesWindow[]> {
    const found = await this.#history.windows(
      requests.map(({ pixels = 1000, ema, ...request }) => ({ ...inRange(request), pixels, ema: ema ?? undefined })),
    )
    return requests.map(({ name }, i) => wireWindow(name, found[i]))
  }

  async stats(requests: readonly WireStatsRequest[]): Promise<readonly WireSeriesStats[]> {
    const found = await this.#history.stats(requests.map(({ parts, ...request }) => ({ ...inRange(request), parts })))
    return requests.map(({ name, parts = [] }, i) => wireStats(name, found[i], parts.length))
  }

  async pointsAround(requests: readonly WireAroundRequest[]): Promise<readonly WireSeriesPoints[]> {
    const found = await this.#history.pointsAround(requests)
    return requests.map(({ name }, i) => wirePoints(name, found[i]))
  }

  async close(): Promise<void> {
    await this.#history.close()
  }
}

/** A range in which null is an open end. */
interface Range {
  readonly name: string
  readonly from?: number | null
  readonly to?: number | null
}

function inRange({ name, from, to }: Range): { name: string; from: number | undefined; to: number | undefined } {
  return { name, from: from ?? undefined, to: to ?? undefined }
}
