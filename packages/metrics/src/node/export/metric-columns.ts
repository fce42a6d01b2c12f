import { columnNames } from '../../table/column-name.ts'
import type { MetricRows } from './metric-rows.ts'

/** Returns the unique column names of an exported table: `step`, `epoch`, `wall_time`, then the metrics. */
export function tableColumns(rows: MetricRows): string[] {
  const metrics = rows.columns.map(({ name }) => name)
  return [...OWN, ...columnNames(metrics, OWN)]
}

const OWN: readonly string[] = ['step', 'epoch', 'wall_time']
