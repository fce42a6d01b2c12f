import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  isObject,
  type LedgerLine,
  parseJson,
  readFreeze,
  readLedgerLine,
  runFiles,
  type StateDocument,
} from '@hotcb/protocol'
import { judgeSign, reasonOf, type SignMemory } from '@hotcb/run'
import { type AsyncLifeWatch, fileClockMsAsync, watchLifeAsync } from '@hotcb/run/node'
import { describeChange } from '../shared/describe.ts'
import { guessKeyMetric } from '../shared/direction.ts'
import type { ChangeSummary, RunRow, RunStatus } from '../shared/wire.ts'
import { confine } from './confine.ts'
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
  readonly #life: AsyncLifeWatch
  // Of a kernel that writes no state document, the metrics are the sign of life.
  #metricsSign: SignMemory | undefined
  row: RunRow

  constructor(run: FoundRun) {
    this.#run = run
    const state = join(run.dir, runFiles.state)
    this.#state = new WatchedDocument(state, run.roots)
    this.#life = watchLifeAsync(run.dir, state, { confine: (path) => confine(path, run.roots) })
    this.#about = new WatchedDocument(join(run.dir, runFiles.run), run.roots)
    this.#freeze = new WatchedDocument(join(run.dir, runFiles.freeze), run.roots)
    this.row = emptyRow(run)
  }

  /** Looks at the files; true when the row changed. */
  async refresh(): Promise<boolean> {
    const documents = [this.#state, this.#about, this.#freeze].map((document) => document.refresh())
    await Promise.all([...documents, this.#readMetrics(), this.#readLedger()])
    const before = this.row
    this.row = this.#compose(await this.#standing())
    return JSON.stringify(before) !== JSON.stringify(this.row)
  }

  #compose({ status, reason }: Pick<RunRow, 'status' | 'reason'>): RunRow {
    const state = asStateDocument(this.#state.value)
    const about = asRunDocument(this.#about.value)
    const { lines, modifiedMs } = this.#metrics
    const last = lines.at(-1)
    const freeze = readFreeze(this.#freeze.value)
    const key = about?.key_metric ?? guessKeyMetric(lines.flatMap((line) => Object.keys(line.metrics)))
    return {
      id: this.#run.id,
      name: this.#run.name,
      status,
      reason,
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

  async #standing(): Promise<Pick<RunRow, 'status' | 'reason'>> {
    const life = await this.#life.look().catch(() => undefined)
    // What keeps the document from being read is told as the run's problem.
    if (life === undefined) return { status: 'unknown', reason: reasonOf({ verdict: 'unknown', by: 'unreadable' }) }
    const { verdict, by, state } = life
    if (by === 'absent') return { status: await this.#statusByMetrics(), reason: null }
    if (by === 'closed') return { status: 'finished', reason: null }
    const reason = reasonOf(life)
    if (verdict === 'alive') return { status: state?.paused === true ? 'paused' : 'running', reason }
    return { status: verdict === 'dead' ? 'silent' : 'unknown', reason }
  }

  async #statusByMetrics(): Promise<RunStatus> {
    const { stamp, modifiedMs } = this.#metrics
    if (asRunDocument(this.#about.value)?.completed_at != null) return 'finished'
    if (stamp === '') return 'idle'
    const sign = { stamp, modifiedMs, limitMs: FRESH_MS, nowMs: performance.now() }
    const seen = judgeSign(this.#metricsSign, sign)
    const judged = 'verdict' in seen ? seen : seen.withFileClock(await fileClockMsAsync(this.#run.dir))
    this.#metricsSign = judged.memory
    return judged.verdict === 'alive' ? 'running' : 'idle'
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
    reason: null,
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
