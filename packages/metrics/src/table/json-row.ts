import type { Json } from '@hotcb/protocol'
import { columnNames } from './column-name.ts'

/**
 * Formats a table row as one line of JSON, terminated by `\n`: the table's own columns first, then the metrics, each under a unique name.
 * Non-finite numbers become null.
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

// Formats a value, including a negative zero, which JSON supports but `JSON.stringify` writes without its sign.
function written(value: Json): string {
  return Object.is(value, -0) ? '-0' : JSON.stringify(value)
}
