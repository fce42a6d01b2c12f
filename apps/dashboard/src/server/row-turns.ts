import { messageOf, printable } from '@hotcb/protocol'
import type { RunRow } from '../shared/wire.ts'
import type { FoundRun } from './run-finder.ts'
import { RunRowReader } from './run-row.ts'

/** Options for the reader of a run's row. */
export interface RowTurnsOptions {
  /** Minimum number of seconds between two checks of a run that has not changed for a long time. */
  readonly scanSeconds: number
  /** Receives each problem with the run once. */
  readonly warn: (message: string) => void
  readonly onChange: () => void
}

/** Schedules the reads of one run's row. They never overlap. */
export class RowTurns {
  readonly run: FoundRun
  readonly row: RunRowReader
  readonly #options: RowTurnsOptions
  #looking: Promise<void> | undefined
  #told: string | null = null
  /** When the row is due to be read again, by a monotonic clock. */
  dueMs = 0
  /** Whether the first read of the row is still awaited: it has neither ended nor taken more than two seconds. */
  isNew = true

  constructor(run: FoundRun, options: RowTurnsOptions) {
    this.run = run
    this.row = new RunRowReader(run)
    this.#options = options
  }

  /** Reads the row; never throws. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  async #look(): Promise<void> {
    const patience = setTimeout(() => {
      this.isNew = false
    }, PATIENCE_MS)
    try {
      if (await this.row.refresh()) this.#options.onChange()
      this.#tell(this.row.row.problem)
    } catch (error) {
      this.#tell(messageOf(error))
    }
    clearTimeout(patience)
    this.isNew = false
    this.dueMs = performance.now() + this.#restMs(this.row.row)
  }

  #tell(problem: string | null): void {
    if (problem !== null && problem !== this.#told) this.#options.warn(printable(`${this.run.name}: ${problem}`))
    this.#told = problem
  }

  /** Returns the time until the next check, which is longer for a run that has not changed for a long time. */
  #restMs(row: RunRow): number {
    const isLive = row.status === 'running' || row.status === 'paused' || row.status === 'unknown'
    const quietMs = Date.now() - row.updated * 1000
    return isLive ? 1000 : Math.min(LONGEST_REST_MS, Math.max(this.#options.scanSeconds * 1000, quietMs / 20))
  }
}

const PATIENCE_MS = 2000
const LONGEST_REST_MS = 10_000
