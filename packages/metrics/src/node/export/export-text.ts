import { columnNames } from './column-names.ts'
import { type MetricRows, SeriesCursor } from './metric-rows.ts'

/**
 * The table as CSV (RFC 4180, lines end in `\n`): `step,epoch,wall_time` and the names. A value that is not there is
 * empty; one that was not finite is `NaN`.
 */
export function* csvLines(rows: MetricRows): Generator<string> {
  const cursors = rows.columns.map(({ series }) => new SeriesCursor(series))
  yield `${columnNames(rows).map(quote).join(',')}\n`
  for (let at = 0; at < rows.steps.length; at++) {
    const step = rows.steps[at] ?? 0
    const head = [step, orEmpty(rows.epochs[at]), orEmpty(rows.wallTimes[at])]
    const values = cursors.map((cursor) => (cursor.moveTo(step) ? cursor.value : ''))
    yield `${[...head, ...values].join(',')}\n`
  }
}

/** The table as lines of the shape of `hotcb.metrics.jsonl`, one a step. */
export function* jsonLines(rows: MetricRows): Generator<string> {
  const cursors = rows.columns.map(({ name, series }) => ({ name, cursor: new SeriesCursor(series) }))
  for (let at = 0; at < rows.steps.length; at++) {
    const step = rows.steps[at] ?? 0
    const there = cursors.filter(({ cursor }) => cursor.moveTo(step))
    const metrics = Object.fromEntries(there.map(({ name, cursor }) => [name, cursor.value]))
    // JSON.stringify writes null for what is not finite, NaN standing for that.
    yield `${JSON.stringify({ step, epoch: rows.epochs[at], wall_time: rows.wallTimes[at], metrics })}\n`
  }
}

function orEmpty(value: number | undefined): number | '' {
  return value === undefined || Number.isNaN(value) ? '' : value
}

function quote(name: string): string {
  return /[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name
}
