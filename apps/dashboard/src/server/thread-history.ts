import { join } from 'node:path'
import { type MetricHistory, openHistoryStore } from '@hotcb/metrics/node'
import { runFiles } from '@hotcb/protocol'
import type { MetricNames, SeriesWindow, WindowRequest } from '../shared/wire.ts'
import { confine } from './confine.ts'
import type { HistoryStore, OpenHistory } from './history-store.ts'

/** Histories of all runs of one dashboard, read in a thread of their own and kept on disk. */
export interface ThreadHistories {
  readonly open: OpenHistory
  close(): Promise<void>
}

/** Starts the thread with the first run that is looked at. */
export function openThreadHistories(): ThreadHistories {
  const store = openHistoryStore()
  return {
    open: (runDir, roots) => {
      const opened = confine(join(runDir, runFiles.metrics), roots).then(() => store.open(runDir))
      // Told where it is used: nobody may have asked yet.
      opened.catch(() => undefined)
      return new ThreadHistory(opened)
    },
    close: () => store.close(),
  }
}

class ThreadHistory implements HistoryStore {
  readonly #opened: Promise<MetricHistory>

  constructor(opened: Promise<MetricHistory>) {
    this.#opened = opened
  }

  async names(): Promise<MetricNames> {
    const overview = await (await this.#opened).overview()
    return {
      names: overview.names.map(({ name, points, last }) => {
        return { name, count: points, last: last.value, last_step: last.step }
      }),
      first_step: overview.firstStep,
      last_step: overview.lastStep,
      indexed_bytes: overview.indexedBytes,
      total_bytes: overview.bytes,
    }
  }

  async windows(requests: readonly WindowRequest[]): Promise<readonly SeriesWindow[]> {
    const history = await this.#opened
    const windows = await history.windows(
      requests.map(({ name, from, to, pixels }) => ({
        name,
        from: from ?? undefined,
        to: to ?? undefined,
        pixels: pixels ?? 1000,
      })),
    )
    return windows.map((window, i) => {
      if (window === undefined) return { name: requests[i]?.name ?? '', steps: [], values: [], count: 0, ghosts: [] }
      const { name, line, buckets, ghosts } = window
      return { name, ...line, count: buckets.points, ghosts: ghosts.map((ghost) => ghost.line) }
    })
  }

  async close(): Promise<void> {
    const history = await this.#opened.catch(() => undefined)
    await history?.close()
  }
}
