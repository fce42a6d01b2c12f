import { type Signal, signal } from '@preact/signals'
import type { MetricNames } from '../../shared/wire.ts'
import { ask, runPath } from '../api.ts'
import { SeriesStore } from './series-store.ts'
import { type OpenStream, quietly, type StreamHost } from './stream.ts'

/** A run's metrics: all names, and the points that charts request. */
export interface MetricsStream extends OpenStream {
  readonly names: Signal<MetricNames | undefined>
  readonly series: SeriesStore
}

export function openMetrics({ id }: StreamHost): MetricsStream {
  const names = signal<MetricNames | undefined>(undefined)
  const series = new SeriesStore(id, () => void loadNames())
  let timer: ReturnType<typeof setTimeout> | undefined
  let isClosed = false

  async function loadNames(): Promise<void> {
    const answer = await quietly(ask<MetricNames>(runPath(id, 'metrics')))
    if (answer === undefined || isClosed) return
    names.value = answer
    series.noteExtent(answer.first_step, answer.last_step)
    // The rest of a long file is still being read, and the charts improve as it arrives.
    clearTimeout(timer)
    if (answer.total_bytes - answer.indexed_bytes > BEHIND_BYTES) timer = setTimeout(reload, AGAIN_MS)
  }

  function reload(): void {
    series.refetch()
    void loadNames()
  }

  void loadNames()
  return {
    names,
    series,
    reload,
    resume: reload,
    close() {
      isClosed = true
      clearTimeout(timer)
      series.close()
    },
  }
}

// The rest may be a half-written last line, for which there is no need to wait.
const BEHIND_BYTES = 65_536
const AGAIN_MS = 700
