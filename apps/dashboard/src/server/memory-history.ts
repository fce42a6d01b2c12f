import { join } from 'node:path'
import type { AsyncTail, TailLine } from '@hotcb/journal'
import { runFiles } from '@hotcb/protocol'
import { readMetricLine } from '@hotcb/run'
import type { MetricNames, SeriesWindow, WindowRequest } from '../shared/wire.ts'
import { Column } from './column.ts'
import type { HistoryStore } from './history-store.ts'
import { eachPoint } from './metric-point.ts'
import { followConfined } from './run-files.ts'

/** Opens a run's metrics into memory, in this thread: for short runs and tests. */
export function openMemoryHistory(runDir: string, roots: readonly string[]): HistoryStore {
  return new MemoryHistory(join(runDir, runFiles.metrics), roots)
}

class MemoryHistory implements HistoryStore {
  readonly #tail: AsyncTail
  #columns: Map<string, Column> = new Map()
  #work: Promise<void> = Promise.resolve()

  constructor(path: string, roots: readonly string[]) {
    this.#tail = followConfined(path, roots)
  }

  async names(): Promise<MetricNames> {
    await this.#refresh()
    const columns = [...this.#columns.values()]
    const { offset } = this.#tail
    return {
      names: columns.map(({ name, length: count, last, lastStep }) => {
        return { name, count, last, last_step: lastStep }
      }),
      first_step: least(columns.map((column) => column.firstStep)),
      last_step: greatest(columns.map((column) => column.lastStep)),
      indexed_bytes: offset,
      total_bytes: offset,
    }
  }

  async windows(requests: readonly WindowRequest[]): Promise<readonly SeriesWindow[]> {
    await this.#refresh()
    return requests.map((request) => {
      const column = this.#columns.get(request.name)
      return column?.window(request) ?? { name: request.name, steps: [], values: [], count: 0, ghosts: [] }
    })
  }

  async close(): Promise<void> {
    await this.#work
    await this.#tail.close()
  }

  #refresh(): Promise<void> {
    this.#work = this.#work.then(() => this.#readNew())
    return this.#work
  }

  async #readNew(): Promise<void> {
    for (let more = true; more; ) {
      const batch = await this.#tail.read()
      if (batch.reset !== null || !this.#tail.exists) this.#columns = new Map()
      for (const line of batch.lines) this.#take(line)
      more = batch.more
    }
  }

  #take({ text }: TailLine): void {
    const line = readMetricLine(text)
    if (line === undefined) return
    eachPoint(line, undefined, (name, value) => {
      let column = this.#columns.get(name)
      if (column === undefined) {
        column = new Column(name)
        this.#columns.set(name, column)
      }
      column.push(line.step, value)
    })
  }
}

function least(values: readonly (number | null)[]): number | null {
  return values.reduce((best, value) => (value !== null && (best === null || value < best) ? value : best), null)
}

function greatest(values: readonly (number | null)[]): number | null {
  return values.reduce((best, value) => (value !== null && (best === null || value > best) ? value : best), null)
}
