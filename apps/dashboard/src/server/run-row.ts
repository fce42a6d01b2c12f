import { join } from 'node:path'
import { stepRange } from '@hotcb/metrics'
import { guessKeyMetric } from '@hotcb/metrics/judge'
import {
  BUILT_IN_TABLE,
  createModuleTable,
  type FreezeState,
  type LedgerLine,
  type ModuleTable,
  messageOf,
  metricValue,
  type RunDocument,
  readModules,
  runFiles,
  type ShownMetrics,
  type StateDocument,
  sameJson,
} from '@hotcb/protocol'
import {
  type DocumentReading,
  finalMetrics,
  freezeOf,
  type HeartbeatMemory,
  judgeHeartbeat,
  type Liveness,
  livenessReason,
  readMetricLine,
} from '@hotcb/run'
import {
  type AsyncLivenessWatch,
  fileClockMsAsync,
  type WatchedDocument,
  watchLivenessAsync,
  watchRunDocument,
} from '@hotcb/run/node'
import { describeChange } from '../shared/describe.ts'
import { isRoutine } from '../shared/markers.ts'
import type { ChangeSummary, RunRow, RunStatus } from '../shared/wire.ts'
import { RowAlertsReader } from './alerts/row-alerts.ts'
import { FileProblems, problemOfOthers, uselessEnd } from './file-problems.ts'
import { parseLine } from './ledger-reader.ts'
import { lastLinesOf, stampOf } from './run-files.ts'
import type { FoundRun } from './run-finder.ts'
import { type Params, RunParamsReader } from './table/run-params.ts'

/** Keeps the row that the table of runs shows for one run. It is read from the end of each of the run's files. */
export class RunRowReader {
  readonly #run: FoundRun
  readonly #life: AsyncLivenessWatch
  readonly #about: WatchedDocument<'run'>
  readonly #freeze: WatchedDocument<'freeze'>
  readonly #actuators: WatchedDocument<'actuators'>
  readonly #params: RunParamsReader
  readonly #alerts: RowAlertsReader
  #standing: RunState = { state: undefined, protocol: undefined, stateMs: null, problem: undefined }
  readonly #problems = new FileProblems()
  #metrics: End & { readonly lines: readonly ShownMetrics[] } = { ...NO_END, lines: [] }
  #ledger: End & { readonly last: ChangeSummary | null } = { ...NO_END, last: null }
  #othersDueMs = 0
  // Without a state document, new metrics show that the run is alive.
  #metricsSign: HeartbeatMemory | undefined
  row: RunRow

  constructor(run: FoundRun) {
    this.#run = run
    const options = { within: run.roots }
    this.#life = watchLivenessAsync(run.dir, join(run.dir, runFiles.state), options)
    this.#about = watchRunDocument('run', join(run.dir, runFiles.run), options)
    this.#freeze = watchRunDocument('freeze', join(run.dir, runFiles.freeze), options)
    this.#actuators = watchRunDocument('actuators', join(run.dir, runFiles.actuators), options)
    this.#params = new RunParamsReader(run.dir, run.roots)
    this.#alerts = new RowAlertsReader(run)
    this.row = emptyRow(run)
  }

  /** Returns the run's parameters as of the last read. */
  get params(): Params {
    return this.#params.params
  }

  /**
   * Returns the last value of a metric: the final value if the run has ended, otherwise the latest value near the end of the
   * file, otherwise null.
   */
  lastOf(name: string): number | null {
    const final = finalMetrics(this.about)
    if (final !== null && Object.hasOwn(final, name)) return final[name] ?? null
    return lastValue(this.#metrics.lines, name)
  }

  /** Returns the names of the metrics near the end of the file, and of those with a final value. */
  metricNames(): ReadonlySet<string> {
    const names = new Set(Object.keys(finalMetrics(this.about) ?? {}))
    for (const { metrics } of this.#metrics.lines) for (const name of Object.keys(metrics)) names.add(name)
    return names
  }

  /** Returns the latest complete state document. */
  get state(): StateDocument | undefined {
    return this.#standing.state
  }

  /** Returns the protocol of the state document, even if the rest of the document cannot be read. */
  get protocol(): number | undefined {
    return this.#standing.protocol
  }

  /** When the state document was written; null if there is none. */
  get stateMs(): number | null {
    return this.#standing.stateMs
  }

  get about(): RunDocument | undefined {
    return this.#about.reading.value
  }

  get freeze(): DocumentReading<FreezeState> {
    return this.#freeze.reading
  }

  /** Checks the files; resolves to true if the row changed. It never rejects: an error becomes the row's `problem`. */
  async refresh(): Promise<boolean> {
    await Promise.all([
      this.#about.refresh(),
      this.#freeze.refresh(),
      this.#params.refresh(),
      this.#problems.during('metrics', () => this.#readMetrics()),
      this.#problems.during('ledger', () => this.#readLedger()),
      this.#lookAtOthers(),
      this.#problems.during('alerts', async () => {
        await this.#alerts.refresh()
        return null
      }),
    ])
    const before = this.row
    let standing: Pick<RunRow, 'status' | 'reason'> = { status: 'unknown', reason: null }
    await this.#problems.during('life', async () => {
      standing = await this.#look()
      return null
    })
    this.row = this.#compose(standing)
    return !sameJson(before, this.row)
  }

  #compose({ status, reason }: Pick<RunRow, 'status' | 'reason'>): RunRow {
    const { state, stateMs, problem } = this.#standing
    const { value: about, trouble, modifiedMs: aboutMs } = this.#about.reading
    const { lines, modifiedMs } = this.#metrics
    return {
      id: this.#run.id,
      name: this.#run.name,
      status,
      reason,
      step: lastStepOf(lines) ?? state?.step ?? null,
      max_steps: about?.max_steps ?? null,
      steps_per_second: status === 'running' ? speedOf(lines, state) : null,
      key_metric: keyMetric(about, lines, status === 'finished'),
      last_change: this.#ledger.last,
      freeze: state?.freeze.mode ?? freezeOf(this.freeze).state.mode,
      updated: Math.max(modifiedMs, this.#ledger.modifiedMs, aboutMs ?? 0, stateMs ?? 0) / 1000,
      started_at: about?.started_at ?? null,
      config: about?.config ?? null,
      seed: about?.seed ?? null,
      kernel: state === undefined ? null : `${state.kernel.name} ${state.kernel.version}`,
      attempt: state?.kernel.attempt ?? null,
      problem: problem ?? trouble ?? this.freeze.trouble ?? this.#problems.text,
      alerts: this.#alerts.alerts,
    }
  }

  async #look(): Promise<Pick<RunRow, 'status' | 'reason'>> {
    let life: Liveness
    try {
      life = await this.#life.look()
    } catch (error) {
      this.#standing = { ...this.#standing, problem: messageOf(error) }
      return { status: 'unknown', reason: livenessReason({ verdict: 'unknown', by: 'unreadable' }) }
    }
    const { verdict, by, state, protocol, writtenMs: stateMs, trouble: problem } = life
    // A half-written document does not replace the last complete one.
    const known = by === 'absent' ? undefined : (state ?? this.#standing.state)
    this.#standing = { state: known, protocol, stateMs, problem }
    if (by === 'absent') return { status: await this.#statusByMetrics(), reason: null }
    if (by === 'closed') return { status: 'finished', reason: null }
    const reason = livenessReason(life)
    if (verdict === 'alive') return { status: known?.paused === true ? 'paused' : 'running', reason }
    return { status: verdict === 'dead' ? 'silent' : 'unknown', reason }
  }

  async #statusByMetrics(): Promise<RunStatus> {
    const { stamp, modifiedMs } = this.#metrics
    if (this.about?.completed_at != null) return 'finished'
    if (stamp === '') return 'idle'
    const sign = { stamp, modifiedMs, limitMs: FRESH_MS, nowMs: performance.now() }
    const seen = judgeHeartbeat(this.#metricsSign, sign)
    const judged = 'verdict' in seen ? seen : seen.withFileClock(await fileClockMsAsync(this.#run.dir))
    this.#metricsSign = judged.memory
    return judged.verdict === 'alive' ? 'running' : 'idle'
  }

  // These files rarely change, so they are checked less often.
  async #lookAtOthers(): Promise<void> {
    if (performance.now() < this.#othersDueMs) return
    this.#othersDueMs = performance.now() + OTHERS_MS
    await this.#problems.during('others', () => problemOfOthers(this.#run.dir, this.#run.roots))
  }

  async #readMetrics(): Promise<string | null> {
    const path = join(this.#run.dir, runFiles.metrics)
    const { stamp, size, modifiedMs } = await stampOf(path, this.#run.roots)
    if (stamp === this.#metrics.stamp) return this.#metrics.problem
    const end = stamp === '' ? [] : await lastLinesOf(path, METRICS_BYTES, this.#run.roots)
    const lines: ShownMetrics[] = []
    // Only a few lines are parsed, newest first; only one if the run has thousands of metrics, because parsing is slow.
    let bytes = 0
    for (const { text } of end.slice(-50).reverse()) {
      if (bytes > ROW_BYTES) break
      bytes += text.length
      const line = readMetricLine(text)
      if (line !== undefined) lines.unshift(line)
    }
    const problem = lines.length > 0 ? null : uselessEnd(path, size, end, METRICS_BYTES)
    this.#metrics = { stamp, lines, modifiedMs, problem }
    return problem
  }

  // The run's own modules are read only if one of the lines belongs to them.
  async #tableFor(lines: readonly LedgerLine[]): Promise<ModuleTable> {
    if (lines.every(({ module }) => BUILT_IN_TABLE.get(module) !== undefined)) return BUILT_IN_TABLE
    await this.#actuators.refresh()
    return createModuleTable(readModules(this.#actuators.reading.value?.modules ?? []))
  }

  async #readLedger(): Promise<string | null> {
    const path = join(this.#run.dir, runFiles.ledger)
    const { stamp, size, modifiedMs } = await stampOf(path, this.#run.roots)
    if (stamp === this.#ledger.stamp) return this.#ledger.problem
    const end = stamp === '' ? [] : await lastLinesOf(path, LEDGER_BYTES, this.#run.roots)
    const lines = end.flatMap(({ text }) => parseLine(text) ?? [])
    const table = await this.#tableFor(lines)
    const line = lastChange(lines, table)
    const last = line === undefined ? null : summarize(line, table)
    const problem = lines.length > 0 ? null : uselessEnd(path, size, end, LEDGER_BYTES)
    this.#ledger = { stamp, last, modifiedMs, problem }
    return problem
  }
}

interface RunState {
  readonly state: StateDocument | undefined
  readonly protocol: number | undefined
  readonly stateMs: number | null
  /** Why the state document cannot be read. */
  readonly problem: string | undefined
}

/** The end of a file, and the version of the file. */
interface End {
  readonly stamp: string
  readonly modifiedMs: number
  readonly problem: string | null
}

const NO_END: End = { stamp: '', modifiedMs: 0, problem: null }
const OTHERS_MS = 10_000
const FRESH_MS = 30_000
const METRICS_BYTES = 32_768
const LEDGER_BYTES = 16_384
const ROW_BYTES = 16_384

/** Creates the row of a run that has not been read yet. */
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
    alerts: null,
  }
}

/** Returns the step of the latest line, unless it is far from the steps of the preceding lines. */
function lastStepOf(lines: readonly ShownMetrics[]): number | undefined {
  const steps = lines.map(({ step }) => step)
  const { first, last } = stepRange(Float64Array.from(steps))
  return steps.findLast((step) => step >= first && step <= last)
}

/**
 * Returns the latest line that changed something. If there is none, returns the latest request that was not applied, or else the
 * latest routine line.
 */
function lastChange(lines: readonly LedgerLine[], table: ModuleTable): LedgerLine | undefined {
  const own = lines.filter(({ module, op }) => !(module === 'core' && op === 'attempt'))
  const changes = own.filter((line) => !isRoutine(line, table))
  return changes.findLast(({ decision }) => decision === 'applied') ?? changes.at(-1) ?? own.at(-1)
}

function summarize(line: LedgerLine, table: ModuleTable): ChangeSummary {
  const { seq, step, source, author, decision, wall_time } = line
  return { seq, step, source, author, decision, wall_time, text: describeChange(line, table) }
}

/** Returns the key metric: its final value if the run has ended and its trainer recorded one, otherwise the latest value. */
function keyMetric(
  about: RunDocument | undefined,
  lines: readonly ShownMetrics[],
  isOver: boolean,
): RunRow['key_metric'] {
  const name = about?.key_metric ?? guessKeyMetric(lines.flatMap((line) => Object.keys(line.metrics)))
  if (name === undefined) return null
  const final = isOver ? finalMetrics(about) : null
  if (final !== null && Object.hasOwn(final, name)) return { name, value: final[name] ?? null, final: true }
  return { name, value: lastValue(lines, name), final: false }
}

function lastValue(lines: readonly ShownMetrics[], name: string): number | null {
  for (const line of [...lines].reverse()) {
    const value = metricValue(line.metrics[name])
    if (value !== undefined) return value
  }
  return null
}

function speedOf(lines: readonly ShownMetrics[], state: StateDocument | undefined): number | null {
  if (state?.step_seconds != null && state.step_seconds > 0) return 1 / state.step_seconds
  const first = lines[0]
  const last = lines.at(-1)
  const [begin = null, end = null] = [first?.wallTime, last?.wallTime]
  if (first === undefined || last === undefined || begin === null || end === null || end <= begin) return null
  return Math.max(0, (last.step - first.step) / (end - begin))
}
