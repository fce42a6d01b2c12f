import { stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import {
  isAlive,
  isObject,
  type LedgerLine,
  parseJson,
  readFreeze,
  readLedgerLine,
  runFiles,
  type StateDocument,
} from '@hotcb/protocol'
import { describeChange } from '../shared/describe.ts'
import { guessKeyMetric } from '../shared/direction.ts'
import type { ChangeSummary, RunRow, RunStatus } from '../shared/wire.ts'
import { WatchedDocument } from './documents.ts'
import { readFileEnd } from './file-end.ts'
import { type MetricLine, metricValue, readMetricLine } from './metric-lines.ts'
import { asRunDocument, asStateDocument } from './run-documents.ts'
import type { FoundRun } from './run-finder.ts'

/** Keeps the row of one run: what the table of runs shows, read from the ends of its files. */
export class RunRowReader {
  readonly #run: FoundRun
  readonly #state: WatchedDocument
  readonly #about: WatchedDocument
  readonly #freeze: WatchedDocument
  #metrics: { stamp: string; lines: readonly MetricLine[]; modifiedMs: number } = NO_METRICS
  #ledger: { stamp: string; last: ChangeSummary | null; modifiedMs: number } = NO_LEDGER
  // Ages by a clock that cannot be set back: when the state document was last seen to change.
  #stateSeenMs = Number.NEGATIVE_INFINITY
  #firstLook = true
  row: RunRow

  constructor(run: FoundRun) {
    this.#run = run
    this.#state = new WatchedDocument(join(run.dir, runFiles.state), run.roots)
    this.#about = new WatchedDocument(join(run.dir, runFiles.run), run.roots)
    this.#freeze = new WatchedDocument(join(run.dir, runFiles.freeze), run.roots)
    this.row = emptyRow(run)
  }

  /** Looks at the files; true when the row changed. */
  async refresh(): Promise<boolean> {
    const stateChanged = await this.#state.refresh()
    if (stateChanged && !this.#firstLook) this.#stateSeenMs = performance.now()
    this.#firstLook = false
    await Promise.all([this.#about.refresh(), this.#freeze.refresh(), this.#readMetrics(), this.#readLedger()])
    const before = this.row
    this.row = this.#compose()
    return JSON.stringify(before) !== JSON.stringify(this.row)
  }

  #compose(): RunRow {
    const state = asStateDocument(this.#state.value)
    const about = asRunDocument(this.#about.value)
    const { lines, modifiedMs } = this.#metrics
    const last = lines.at(-1)
    const freeze = readFreeze(this.#freeze.value)
    const status = this.#status(state, about?.completed_at != null, modifiedMs)
    const key = about?.key_metric ?? guessKeyMetric(lines.flatMap((line) => Object.keys(line.metrics)))
    return {
      id: this.#run.id,
      name: this.#run.name,
      status,
      step: last?.step ?? state?.step ?? null,
      max_steps: about?.max_steps ?? null,
      steps_per_second: status === 'running' ? speedOf(lines, state) : null,
      key_metric: key === undefined ? null : { name: key, value: lastValue(lines, key) },
      last_change: this.#ledger.last,
      freeze: state?.freeze.mode ?? (freeze.ok ? freeze.value.mode : 'off'),
      updated: Math.max(modifiedMs, this.#ledger.modifiedMs, this.#about.modifiedMs, this.#state.modifiedMs) / 1000,
      started_at: about?.started_at ?? null,
      config: about?.config ?? null,
      seed: about?.seed ?? null,
      kernel: state === undefined ? null : `${state.kernel.name} ${state.kernel.version}`,
      attempt: state?.kernel.attempt ?? null,
      problem: this.#state.problem ?? this.#about.problem ?? null,
    }
  }

  #status(state: StateDocument | undefined, isCompleted: boolean, metricsMs: number): RunStatus {
    if (state === undefined) {
      if (isCompleted) return 'finished'
      return Date.now() - metricsMs < FRESH_MS ? 'running' : 'idle'
    }
    if (state.closed) return 'finished'
    const sameHost = state.kernel.host === hostname()
    // A clock set back makes what is new look old, or as if from the future: what was seen to change here is new.
    const age = Math.min(Math.abs(Date.now() - this.#state.modifiedMs), performance.now() - this.#stateSeenMs)
    const alive = isAlive(state, { ageSeconds: age / 1000, sameHost, pidRuns: sameHost && pidRuns(state.kernel.pid) })
    if (!alive) return 'silent'
    return state.paused ? 'paused' : 'running'
  }

  async #readMetrics(): Promise<void> {
    const path = join(this.#run.dir, runFiles.metrics)
    const stamp = await stampOf(path)
    if (stamp === this.#metrics.stamp) return
    const end = stamp === '' ? undefined : await readFileEnd(path, 32_768, this.#run.roots)
    const lines: MetricLine[] = []
    // Newest first, a few, and of a run with thousands of metrics only one: it is long to read.
    let bytes = 0
    for (const text of (end?.lines ?? []).slice(-50).reverse()) {
      if (bytes > ROW_BYTES) break
      bytes += text.length
      const line = readMetricLine(text)
      if (line !== undefined) lines.unshift(line)
    }
    this.#metrics = { stamp, lines, modifiedMs: end?.modifiedMs ?? 0 }
  }

  async #readLedger(): Promise<void> {
    const path = join(this.#run.dir, runFiles.ledger)
    const stamp = await stampOf(path)
    if (stamp === this.#ledger.stamp) return
    const end = stamp === '' ? undefined : await readFileEnd(path, 16_384, this.#run.roots)
    this.#ledger = { stamp, last: lastChange(end?.lines ?? []), modifiedMs: end?.modifiedMs ?? 0 }
  }
}

const NO_METRICS = { stamp: '', lines: [], modifiedMs: 0 }
const NO_LEDGER = { stamp: '', last: null, modifiedMs: 0 }
const FRESH_MS = 30_000
const ROW_BYTES = 16_384

/** The row of a run of which nothing has been read yet. */
export function emptyRow({ id, name }: FoundRun): RunRow {
  return {
    id,
    name,
    status: 'idle',
    step: null,
    max_steps: null,
    steps_per_second: null,
    key_metric: null,
    last_change: null,
    freeze: 'off',
    updated: 0,
    started_at: null,
    config: null,
    seed: null,
    kernel: null,
    attempt: null,
    problem: null,
  }
}

/** Whether a process of this machine runs, whoever owns it. */
export function pidRuns(pid: number | null): boolean {
  if (pid === null || !Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

async function stampOf(path: string): Promise<string> {
  try {
    const stats = await stat(path)
    return `${stats.ino}:${stats.size}:${stats.mtimeMs}`
  } catch {
    // Not there, or not to be read: the row goes without it.
    return ''
  }
}

function lastChange(lines: readonly string[]): ChangeSummary | null {
  for (const text of [...lines].reverse()) {
    const parsed = text === '' ? undefined : parseJson(text)
    const line = parsed?.ok === true && isObject(parsed.value) ? readLedgerLine(parsed.value) : undefined
    if (line?.ok === true && !(line.value.module === 'core' && line.value.op === 'attempt'))
      return summarize(line.value)
  }
  return null
}

function summarize(line: LedgerLine): ChangeSummary {
  const { seq, step, source, decision, wall_time } = line
  return { seq, step, source, decision, wall_time, text: describeChange(line) }
}

function lastValue(lines: readonly MetricLine[], name: string): number | null {
  for (const line of [...lines].reverse()) {
    const value = metricValue(line.metrics[name])
    if (value !== undefined) return value
  }
  return null
}

function speedOf(lines: readonly MetricLine[], state: StateDocument | undefined): number | null {
  if (state?.step_seconds != null && state.step_seconds > 0) return 1 / state.step_seconds
  const first = lines[0]
  const last = lines.at(-1)
  if (first?.wallTime === undefined || last?.wallTime === undefined || last.wallTime <= first.wallTime) return null
  return Math.max(0, (last.step - first.step) / (last.wallTime - first.wallTime))
}
