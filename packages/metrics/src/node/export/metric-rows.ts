import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runFiles } from '@hotcb/protocol'
import { type RawPoints, resolveAttempts } from '../../history/attempts.ts'
import { type Column, contents, doubleColumn, push } from '../../history/column.ts'
import { MetricTable } from '../../history/metric-table.ts'
import type { Series } from '../../history/series.ts'
import { LineReader } from '../history/line-reader.ts'
import { Segments } from '../history/segments.ts'
import { Source } from '../history/source.ts'

/** A run's metrics as a table: one row per step, ascending, without ghosts. */
export interface MetricRows {
  readonly steps: Float64Array
  /** The epochs; NaN if a record had none. */
  readonly epochs: Float64Array
  readonly wallTimes: Float64Array
  /** One series per name, in order of appearance. A step that is not in a series has no value. */
  readonly columns: readonly { readonly name: string; readonly series: Series }[]
  /** The number of malformed lines. */
  readonly badLines: number
}

/** Reads all metrics of a run. For each (step, name), the last line wins. Throws if the file cannot be read. */
export function readMetricRows(runDir: string): MetricRows {
  const source = new Source(join(runDir, runFiles.metrics))
  const scratch = mkdtempSync(join(tmpdir(), 'hotcb-export-'))
  const segments = new Segments(scratch)
  try {
    const { table, epochs, badLines } = readTable(source, segments)
    const records = Uint32Array.from({ length: table.steps.length }, (_, record) => record)
    const perRecord = (values: Column<Float64Array>): Series => {
      const points: RawPoints = { steps: contents(table.steps), values: contents(values), records }
      return resolveAttempts(points, table.seams).series
    }
    const { steps, values } = perRecord(table.times)
    const columns = table.scanner.names.flatMap((name, id) => {
      if (table.column(id).points === 0) return []
      return [{ name, series: resolveAttempts(table.points(id, segments), table.seams).series }]
    })
    return { steps, wallTimes: values, epochs: perRecord(epochs).values, columns, badLines }
  } finally {
    source.close()
    segments.close()
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** Returns the value of a series at a step, if any. Steps must be queried in ascending order. */
export class SeriesCursor {
  readonly #series: Series
  #at = 0
  value: number = Number.NaN

  constructor(series: Series) {
    this.#series = series
  }

  moveTo(step: number): boolean {
    const { steps, values } = this.#series
    while (this.#at < steps.length && (steps[this.#at] ?? 0) < step) this.#at++
    if (steps[this.#at] !== step) return false
    this.value = values[this.#at] ?? Number.NaN
    return true
  }
}

function readTable(source: Source, segments: Segments) {
  const table = new MetricTable()
  const { scanner } = table
  const epochs = doubleColumn()
  let badLines = 0
  const reader = new LineReader()
  const target = {
    line(bytes: Buffer, start: number, end: number) {
      if (scanner.scan(bytes, start, end)) {
        table.add()
        push(epochs, scanner.epoch)
      } else if (bytes.toString('latin1', start, end).trim() !== '') {
        badLines++
      }
    },
    tooLong: () => {
      badLines++
    },
  }
  while (reader.read(source, target)) if (table.pending > SPILL_POINTS) table.spill(segments)
  return { table, epochs, badLines }
}

const SPILL_POINTS = 2_000_000
