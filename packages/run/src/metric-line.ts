import { parseJson, readShownMetrics, type ShownMetrics } from '@hotcb/protocol'

/**
 * Parses one line of metrics for display; undefined if it is malformed. Use `metricValue` from `@hotcb/protocol` to
 * read its values.
 */
export function readMetricLine(text: string): ShownMetrics | undefined {
  if (text.length < 2) return undefined
  const parsed = parseJson(text)
  const read = parsed.ok ? readShownMetrics(parsed.value) : parsed
  return read.ok ? read.value : undefined
}
