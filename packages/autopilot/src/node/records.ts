import { readLastLines, type TailLine } from '@hotcb/journal'
import type { ControlDescription, Json, LedgerLine, ShownMetrics } from '@hotcb/protocol'
import { readMetricLine } from '@hotcb/run'
import type { Run } from '@hotcb/run/node'

/** The maximum number of records, and the maximum size in bytes, used to fill the windows before the live end. */
const MOST_RECORDS = 20_000
const MOST_BYTES = 4 * 1024 * 1024

/** Records before the live end of a run, and the position of the live end. */
export interface PastRecords {
  readonly records: readonly ShownMetrics[]
  /** The offset of the first new byte. */
  readonly end: number
}

/** Reads the records that fill the windows: the last 20,000, up to 4 MiB. Everything after them is new. */
export function pastRecords(run: Run): PastRecords {
  const lines = readLastLines(run.path('metrics'), MOST_RECORDS, { maxBytes: MOST_BYTES })
  const last = lines.at(-1)
  return { records: recordsOf(lines), end: last === undefined ? 0 : last.offset + Buffer.byteLength(last.text) + 1 }
}

/** Returns the records in lines; malformed lines are skipped. */
export function recordsOf(lines: readonly TailLine[]): readonly ShownMetrics[] {
  const records: ShownMetrics[] = []
  for (const { text } of lines) {
    const record = readMetricLine(text)
    if (record !== undefined) records.push(record)
  }
  return records
}

/** Finds the values that controls had before any change, from a ledger's lines in order. */
export interface StartingValues {
  take(line: LedgerLine): void
  /** Returns the controls with those values. */
  of(controls: readonly ControlDescription[]): readonly ControlDescription[]
}

export function createStartingValues(): StartingValues {
  const first = new Map<string, Json>()
  return {
    take({ decision, op, old }) {
      if (decision !== 'applied' || op !== 'set_params') return
      for (const [key, value] of Object.entries(old ?? {})) if (!first.has(key)) first.set(key, firstGroup(value))
    },
    of: (controls) =>
      controls.map((control) => {
        const before = first.get(control.param_key)
        return before === undefined ? control : { ...control, current: before }
      }),
  }
}

/**
 * Returns the controls with their values before any change: the old value in the first change of each key. After a restart, an autopilot
 * measures drift from these values instead of from values that it has set itself.
 */
export function startingControls(
  controls: readonly ControlDescription[],
  ledger: readonly LedgerLine[],
): readonly ControlDescription[] {
  const values = createStartingValues()
  for (const line of ledger) values.take(line)
  return values.of(controls)
}

// If groups differ, `current` is the value of the first one.
function firstGroup(value: Json): Json {
  return Array.isArray(value) ? (value[0] ?? null) : value
}

/** The metrics of one record, and the ledger lines that belong before it. */
export interface RecordWithLines {
  readonly step: number
  readonly epoch: number | null
  readonly metrics: ShownMetrics['metrics']
  readonly lines: readonly LedgerLine[]
}

/**
 * Returns each record with the ledger lines that were written before it, as a module inside the trainer receives them. The remaining lines
 * stay in `lines`.
 */
export function* withLines(records: readonly ShownMetrics[], lines: LedgerLine[]): Iterable<RecordWithLines> {
  for (const record of records) {
    const { step, epoch, metrics } = record
    const taken = lines.length === 0 ? 0 : countBefore(lines, record)
    yield { step, epoch, metrics, lines: taken === 0 ? NO_LINES : lines.splice(0, taken) }
  }
}

const NO_LINES: readonly LedgerLine[] = []

function countBefore(lines: readonly LedgerLine[], record: ShownMetrics): number {
  const found = lines.findIndex((line) => isLater(line, record))
  return found < 0 ? lines.length : found
}

/** Whether a ledger line was written after a record. */
export function isLater(line: LedgerLine, { step, wallTime }: Pick<ShownMetrics, 'step' | 'wallTime'>): boolean {
  return wallTime === null ? (line.step ?? 0) > step : line.wall_time > wallTime && (line.step ?? 0) > step
}
