import { parseJson, readShownMetrics, type ShownMetrics } from '@hotcb/protocol'

/** One line of metrics for display; undefined if it is malformed. `metricValue` of the protocol reads its values. */
export function readMetricLine(text: string): ShownMetrics | undefined {
  if (text.length < 2) return undefined
  const parsed = parseJson(text)
  const read = parsed.ok ? readShownMetrics(parsed.value) : parsed
  return read.ok ? read.value : undefined
}
