import type { MetricRows } from './metric-rows.ts'

/** Names of the columns of a table: a metric that is called like one of the first three is `metrics.<name>`. */
export function columnNames(rows: MetricRows): string[] {
  return [...HEAD, ...rows.columns.map(({ name }) => (HEAD.includes(name) ? `metrics.${name}` : name))]
}

const HEAD: readonly string[] = ['step', 'epoch', 'wall_time']
