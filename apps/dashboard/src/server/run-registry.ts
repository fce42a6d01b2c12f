import { realpath } from 'node:fs/promises'
import { basename } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { printable } from '@hotcb/protocol'
import type { RunRow } from '../shared/wire.ts'
import type { OpenHistory } from './history-store.ts'
import { RowTurns } from './row-turns.ts'
import { OpenRun } from './run.ts'
import { type FoundRun, findRuns, type RunPlaces } from './run-finder.ts'

/** How the registry looks for runs and how many it keeps open. */
export interface RegistryOptions {
  readonly places: RunPlaces
  readonly openRuns: number
  readonly scanSeconds: number
  readonly openHistory: OpenHistory
  /** Told once of each problem of a run, and of each directory that cannot be read. */
  readonly warn: (message: string) => void
}

/** Changes in the table of runs. */
export interface RowChanges {
  readonly rows: readonly RunRow[]
  readonly removed: readonly string[]
}

/** All runs under the roots: their rows, and the few that are open. */
export class RunRegistry {
  readonly #options: RegistryOptions
  readonly #readers: Map<string, RowTurns> = new Map()
  readonly #open: Map<string, OpenRun> = new Map()
  #problems: readonly string[] = []
  #scan: Promise<void> | undefined
  #scannedMs = Number.NEGATIVE_INFINITY
  #removed: string[] = []
  /** Runs that were started from a page; they may be outside of what is searched. */
  readonly #further: Map<string, string> = new Map()
  #sweeps: readonly FoundRun[] = []
  readonly #changed: Set<string> = new Set()
  #version = 0
  #isClosed = false
  #looking: Promise<void> | undefined

  constructor(options: RegistryOptions) {
    this.#options = options
  }

  /** Directories that could not be looked into. */
  get problems(): readonly string[] {
    return this.#problems
  }

  get openCount(): number {
    return this.#open.size
  }

  /** All rows as they are known now; a run found a moment ago has a bare one. */
  async rows(): Promise<readonly RunRow[]> {
    await this.#rescan()
    return [...this.#readers.values()].map(({ row }) => row.row)
  }

  /** Reads the rows whose time has come, within `budgetMs`; gives those that changed. */
  async refresh(budgetMs: number): Promise<RowChanges> {
    await this.#rescan()
    await this.#look(budgetMs)
    const rows = [...this.#changed].map((id) => this.#readers.get(id)?.row.row).filter((row) => row !== undefined)
    const removed = this.#removed
    this.#changed.clear()
    this.#removed = []
    return { rows, removed }
  }

  /** The reader of the row of each run. */
  async turns(): Promise<readonly RowTurns[]> {
    await this.#rescan()
    return [...this.#readers.values()]
  }

  /** Grows whenever a row changes, comes or goes. */
  get version(): number {
    return this.#version
  }

  /** Rows that have not been read yet. */
  get unreadCount(): number {
    let count = 0
    for (const { isNew } of this.#readers.values()) if (isNew) count++
    return count
  }

  /**
   * Reads the rows that are due in the background, until each has been read once. The changes are left to
   * {@link refresh}. While there are rows that have not been read, it waits a moment for them.
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
      // A run with slow files does not delay the others: its row comes later.
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

  /** Where a run is; undefined if no run has that name. */
  async find(id: string): Promise<FoundRun | undefined> {
    // A known run does not wait for the search, which would notice that it was deleted.
    const search = this.#rescan()
    if (!this.#readers.has(id)) await search
    return this.#readers.get(id)?.run
  }

  /** The workspaces of sweeps. */
  async sweeps(): Promise<readonly FoundRun[]> {
    await this.#rescan()
    return this.#sweeps
  }

  /**
   * Shows a run that was just created, or that the search does not find.
   *
   * @param name For people. Default: that of the directory.
   * @returns Its name in addresses.
   */
  async include(dir: string, name: string = basename(dir)): Promise<string> {
    const real = await realpath(dir)
    for (const [id, { run }] of this.#readers) if (run.dir === real) return id
    this.#further.set(real, name)
    // A search that has begun may have passed the directory already.
    await this.#scan
    this.#scannedMs = Number.NEGATIVE_INFINITY
    await this.#rescan()
    for (const [id, { run }] of this.#readers) if (run.dir === real) return id
    throw new Error(`the run in \`${dir}\` was not found`)
  }

  /** The open run; undefined if no run has that name. */
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
      // A run that was used a moment ago may still be answering a request. A few more open runs than the limit are better than closing it.
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
// Within a budget of 200 ms and more, what takes longer than this is slow.
const SLOW_MS = 50
