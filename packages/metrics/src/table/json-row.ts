import type { Json } from '@hotcb/protocol'
import { columnNames } from './column-name.ts'

/**
 * A row of a table as one line of JSON, ended by `\n`: the table's own columns first, then the metrics, each under a name
 * of its own. Numbers that are not finite become null.
 */
export function jsonRow(own: Readonly<Record<string, Json>>, metrics: Iterable<readonly [name: string, Json]>): string {
  const listed = [...metrics]
  const names = columnNames(
    listed.map(([name]) => name),
    Object.keys(own),
  )
  const entries = [...Object.entries(own), ...listed.map(([, value], at) => [names[at] ?? '', value] as const)]
  return `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${written(value)}`).join(',')}}\n`
}

// JSON has a negative zero, and `JSON.stringify` drops its sign.
function written(value: Json): string {
  return Object.is(value, -0) ? '-0' : JSON.stringify(value)
}
