import { formatMetricRecord } from '@hotcb/protocol'
import { csvRecord } from '../../table/csv.ts'
import { tableColumns } from './metric-columns.ts'
import { type MetricRows, SeriesCursor } from './metric-rows.ts'

/**
 * Returns the table as CSV (RFC 4180, lines end in `\n`): `step,epoch,wall_time` and the names. A missing value is empty;
 * one that was not finite is `NaN`.
 */
export function* csvLines(rows: MetricRows): Generator<string> {
  const cursors = rows.columns.map(({ series }) => new SeriesCursor(series))
  yield csvRecord(tableColumns(rows))
  for (let at = 0; at < rows.steps.length; at++) {
    const step = rows.steps[at] ?? 0
    const head = [step, orEmpty(rows.epochs[at]), orEmpty(rows.wallTimes[at])]
    const values = cursors.map((cursor) => (cursor.moveTo(step) ? cursor.value : ''))
    yield csvRecord([...head, ...values])
  }
}

/** Returns the table as lines in the format of `hotcb.metrics.jsonl`, one per step. */
export function* jsonLines(rows: MetricRows): Generator<string> {
  const cursors = rows.columns.map(({ name, series }) => ({ name, cursor: new SeriesCursor(series) }))
  for (let at = 0; at < rows.steps.length; at++) {
    const step = rows.steps[at] ?? 0
    const there = cursors.filter(({ cursor }) => cursor.moveTo(step))
    const metrics = Object.fromEntries(there.map(({ name, cursor }) => [name, cursor.value]))
    // NaN, a value that is not finite, is written as null.
    yield formatMetricRecord({ step, epoch: rows.epochs[at] ?? null, wall_time: rows.wallTimes[at] ?? null, metrics })
  }
}

function orEmpty(value: number | undefined): number | '' {
  return value === undefined || Number.isNaN(value) ? '' : value
}
