import { messageOf, printable } from '@hotcb/protocol'
import type { RunRow } from '../shared/wire.ts'
import type { FoundRun } from './run-finder.ts'
import { RunRowReader } from './run-row.ts'

/** The services that keep the row of a run up to date. */
export interface RowTurnsOptions {
  /** Minimum number of seconds between two checks of a run that has not changed for long. */
  readonly scanSeconds: number
  /** Told once of each problem of the run. */
  readonly warn: (message: string) => void
  readonly onChange: () => void
}

/** Decides when the row of one run is read again. A look that has not ended is not begun again. */
export class RowTurns {
  readonly run: FoundRun
  readonly row: RunRowReader
  readonly #options: RowTurnsOptions
  #looking: Promise<void> | undefined
  #told: string | null = null
  /** When it is to be read again; by a clock that only goes forward. */
  dueMs = 0
  /** It has not been read yet, and its files may still answer soon. */
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

  /** A run that has not changed for long is checked less often. */
  #restMs(row: RunRow): number {
    const isLive = row.status === 'running' || row.status === 'paused' || row.status === 'unknown'
    const quietMs = Date.now() - row.updated * 1000
    return isLive ? 1000 : Math.min(LONGEST_REST_MS, Math.max(this.#options.scanSeconds * 1000, quietMs / 20))
  }
}

const PATIENCE_MS = 2000
const LONGEST_REST_MS = 10_000
