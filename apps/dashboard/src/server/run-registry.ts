import { realpath } from 'node:fs/promises'
import { basename } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { printable } from '@hotcb/protocol'
import type { RunRow } from '../shared/wire.ts'
import type { OpenHistory } from './history-store.ts'
import { RowTurns } from './row-turns.ts'
import { OpenRun } from './run.ts'
import { type FoundRun, findRuns, type RunPlaces } from './run-finder.ts'

/** How the registry searches for runs, and how many it keeps open. */
export interface RegistryOptions {
  readonly places: RunPlaces
  readonly openRuns: number
  readonly scanSeconds: number
  readonly openHistory: OpenHistory
  /** Receives each problem with a run, and each unreadable directory, once. */
  readonly warn: (message: string) => void
}

/** Changes to the table of runs. */
export interface RowChanges {
  readonly rows: readonly RunRow[]
  readonly removed: readonly string[]
}

/** All runs in the roots: a row for each, and readers for the few that are in use. */
export class RunRegistry {
  readonly #options: RegistryOptions
  readonly #readers: Map<string, RowTurns> = new Map()
  readonly #open: Map<string, OpenRun> = new Map()
  #problems: readonly string[] = []
  #scan: Promise<void> | undefined
  #scannedMs = Number.NEGATIVE_INFINITY
  #removed: string[] = []
  /** Runs that a page started. They may be outside the searched directories. */
  readonly #further: Map<string, string> = new Map()
  #sweeps: readonly FoundRun[] = []
  readonly #changed: Set<string> = new Set()
  #version = 0
  #isClosed = false
  #looking: Promise<void> | undefined

  constructor(options: RegistryOptions) {
    this.#options = options
  }

  /** Returns the problems with directories that could not be read. */
  get problems(): readonly string[] {
    return this.#problems
  }

  get openCount(): number {
    return this.#open.size
  }

  /** Returns all rows in their current state. The row of a newly found run is almost empty. */
  async rows(): Promise<readonly RunRow[]> {
    await this.#rescan()
    return [...this.#readers.values()].map(({ row }) => row.row)
  }

  /** Reads the rows that are due, for at most `budgetMs`, and returns those that changed. */
  async refresh(budgetMs: number): Promise<RowChanges> {
    await this.#rescan()
    await this.#look(budgetMs)
    const rows = [...this.#changed].map((id) => this.#readers.get(id)?.row.row).filter((row) => row !== undefined)
    const removed = this.#removed
    this.#changed.clear()
    this.#removed = []
    return { rows, removed }
  }

  /** Returns the row reader of each run. */
  async turns(): Promise<readonly RowTurns[]> {
    await this.#rescan()
    return [...this.#readers.values()]
  }

  /** Increases whenever a row is changed, added or removed. */
  get version(): number {
    return this.#version
  }

  /** Returns the number of rows that have not been read yet. */
  get unreadCount(): number {
    let count = 0
    for (const { isNew } of this.#readers.values()) if (isNew) count++
    return count
  }

  /**
   * Starts reading rows in the background until each row has been read once, and waits a moment if some are still unread. The next
   * `refresh` returns the changes.
   */
  async lookSoon(): Promise<void> {
    await this.#rescan()
    this.#looking ??= this.#lookAtAll().finally(() => {
      this.#looking = undefined
    })
    if (!this.isComplete) await Promise.race([this.#looking, wait(LOOK_MS, undefined, { ref: false })])
  }

  async #lookAtAll(): Promise<void> {
    do await this.#look(LOOK_MS)
    while (!this.isComplete && !this.#isClosed)
  }

  async #look(budgetMs: number): Promise<void> {
    const until = performance.now() + budgetMs
    const due = [...this.#readers.values()].filter(({ dueMs }) => dueMs <= performance.now())
    due.sort((a, b) => a.dueMs - b.dueMs)
    for (let i = 0; i < due.length && performance.now() < until; i += BATCH) {
      const turns = due.slice(i, i + BATCH).map((turn) => turn.look())
      // A run with slow files does not delay the others; its row is read later.
      await Promise.race([
        Promise.all(turns),
        wait(Math.max(SLOW_MS, until - performance.now()), undefined, { ref: false }),
      ])
    }
  }

  /** Whether every row has been read at least once. */
  get isComplete(): boolean {
    for (const { isNew } of this.#readers.values()) if (isNew) return false
    return true
  }

  /** Finds a run; undefined if no run has that id. */
  async find(id: string): Promise<FoundRun | undefined> {
    // A known run need not wait for the search, even though only the search detects that the run was deleted.
    const search = this.#rescan()
    if (!this.#readers.has(id)) await search
    return this.#readers.get(id)?.run
  }

  /** Returns the workspaces of sweeps. */
  async sweeps(): Promise<readonly FoundRun[]> {
    await this.#rescan()
    return this.#sweeps
  }

  /**
   * Shows a run that was just created, or that the search does not find.
   *
   * @param name The name for people. Default: the name of the directory.
   * @returns Its id.
   */
  async include(dir: string, name: string = basename(dir)): Promise<string> {
    const real = await realpath(dir)
    for (const [id, { run }] of this.#readers) if (run.dir === real) return id
    this.#further.set(real, name)
    // A search in progress may already have passed the directory.
    await this.#scan
    this.#scannedMs = Number.NEGATIVE_INFINITY
    await this.#rescan()
    for (const [id, { run }] of this.#readers) if (run.dir === real) return id
    throw new Error(`the run in \`${dir}\` was not found`)
  }

  /** Opens a run; undefined if no run has that id. */
  async open(id: string): Promise<OpenRun | undefined> {
    const found = await this.find(id)
    if (found === undefined) return undefined
    let run = this.#open.get(id)
    if (run === undefined) {
      run = new OpenRun(found, this.#options.openHistory)
      this.#open.set(id, run)
      await this.#closeLeastUsed()
    }
    run.usedMs = performance.now()
    return run
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#scan
    await this.#looking
    await Promise.all([...this.#open.values()].map((run) => run.close()))
    this.#open.clear()
  }

  async #closeLeastUsed(): Promise<void> {
    while (this.#open.size > this.#options.openRuns) {
      const [oldest] = [...this.#open.values()].sort((a, b) => a.usedMs - b.usedMs)
      // A run that was used a moment ago may still be answering a request. Exceeding the limit a little is better than closing it.
      if (oldest === undefined || performance.now() - oldest.usedMs < IN_USE_MS) return
      this.#open.delete(oldest.id)
      await oldest.close()
    }
  }

  #rescan(): Promise<void> {
    if (this.#scan !== undefined) return this.#scan
    if (performance.now() - this.#scannedMs < this.#options.scanSeconds * 1000) return Promise.resolve()
    this.#scan = this.#findRuns().finally(() => {
      this.#scannedMs = performance.now()
      this.#scan = undefined
    })
    return this.#scan
  }

  async #findRuns(): Promise<void> {
    const { runs, sweeps, problems } = await findRuns({ ...this.#options.places, further: this.#further })
    this.#sweeps = sweeps
    this.#tellProblems(problems)
    const there = new Set(runs.map((run) => run.id))
    for (const id of this.#readers.keys()) {
      if (there.has(id)) continue
      this.#readers.delete(id)
      this.#version++
      this.#removed.push(id)
      const open = this.#open.get(id)
      this.#open.delete(id)
      await open?.close()
    }
    for (const run of runs) {
      if (this.#readers.get(run.id)?.run.dir === run.dir) continue
      const { scanSeconds, warn } = this.#options
      this.#version++
      const onChange = (): void => {
        this.#version++
        this.#changed.add(run.id)
      }
      this.#readers.set(run.id, new RowTurns(run, { scanSeconds, warn, onChange }))
    }
  }

  #tellProblems(problems: readonly string[]): void {
    for (const problem of problems) if (!this.#problems.includes(problem)) this.#options.warn(printable(problem))
    this.#problems = problems
  }
}

const BATCH = 16
const LOOK_MS = 300
const IN_USE_MS = 30_000
// A batch of reads may take at least this long, even at the end of the budget.
const SLOW_MS = 50
