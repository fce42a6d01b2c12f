import { readLastLines, type TailLine } from '@hotcb/journal'
import type { ControlDescription, Json, LedgerLine, ShownMetrics } from '@hotcb/protocol'
import { readMetricLine } from '@hotcb/run'
import type { Run } from '@hotcb/run/node'

/** The most records, and the most bytes of them, that fill the windows before the live end. */
const MOST_RECORDS = 20_000
const MOST_BYTES = 4 * 1024 * 1024

/** Records before the live end of a run, and where the live end is. */
export interface PastRecords {
  readonly records: readonly ShownMetrics[]
  /** Offset of the first byte of what is new. */
  readonly end: number
}

/** Reads the records that fill windows: the last 20,000, of at most 4 MiB. Everything behind them is new. */
export function pastRecords(run: Run): PastRecords {
  const lines = readLastLines(run.path('metrics'), MOST_RECORDS, { maxBytes: MOST_BYTES })
  const last = lines.at(-1)
  return { records: recordsOf(lines), end: last === undefined ? 0 : last.offset + Buffer.byteLength(last.text) + 1 }
}

/** The records that lines are; what is none is left out. */
export function recordsOf(lines: readonly TailLine[]): readonly ShownMetrics[] {
  const records: ShownMetrics[] = []
  for (const { text } of lines) {
    const record = readMetricLine(text)
    if (record !== undefined) records.push(record)
  }
  return records
}

/**
 * The controls with the values that they had before anything was changed: what the first change of each key found. An autopilot that
 * restarts counts its drift from there, and not from what it has set itself.
 */
export function startingControls(
  controls: readonly ControlDescription[],
  ledger: readonly LedgerLine[],
): readonly ControlDescription[] {
  const first = new Map<string, Json>()
  for (const { decision, op, old } of ledger) {
    if (decision !== 'applied' || op !== 'set_params') continue
    for (const [key, value] of Object.entries(old ?? {})) if (!first.has(key)) first.set(key, firstGroup(value))
  }
  return controls.map((control) => {
    const before = first.get(control.param_key)
    return before === undefined ? control : { ...control, current: before }
  })
}

// Where groups differ, `current` is that of the first.
function firstGroup(value: Json): Json {
  return Array.isArray(value) ? (value[0] ?? null) : value
}

/** All that was reported at one step, and the lines of the ledger that belong before it. */
export interface StepRecords {
  readonly step: number
  readonly epoch: number | null
  readonly metrics: ShownMetrics['metrics']
  readonly lines: readonly LedgerLine[]
}

/**
 * Joins consecutive records of one step, and gives each step the lines of the ledger that were written by then. Lines that are
 * left stay in `lines`.
 */
export function* stepsOf(records: readonly ShownMetrics[], lines: LedgerLine[]): Iterable<StepRecords> {
  for (let i = 0; i < records.length; ) {
    const first = records[i]
    if (first === undefined) return
    let { metrics, epoch } = first
    for (i++; records[i]?.step === first.step; i++) {
      metrics = { ...metrics, ...records[i]?.metrics }
      epoch = records[i]?.epoch ?? epoch
    }
    const taken = lines.length === 0 ? 0 : countBefore(lines, first)
    yield { step: first.step, epoch, metrics, lines: taken === 0 ? NO_LINES : lines.splice(0, taken) }
  }
}

const NO_LINES: readonly LedgerLine[] = []

function countBefore(lines: readonly LedgerLine[], { step, wallTime: time }: ShownMetrics): number {
  const isLater = (line: LedgerLine): boolean =>
    time === null ? (line.step ?? 0) > step : line.wall_time > time && (line.step ?? 0) > step
  const found = lines.findIndex(isLater)
  return found < 0 ? lines.length : found
}
