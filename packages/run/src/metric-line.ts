import { parseJson, readShownMetrics, type ShownMetrics } from '@hotcb/protocol'

/** One line of metrics as it is shown; undefined when it is none. `metricValue` of the protocol reads its values. */
export function readMetricLine(text: string): ShownMetrics | undefined {
  if (text.length < 2) return undefined
  const parsed = parseJson(text)
  const read = parsed.ok ? readShownMetrics(parsed.value) : parsed
  return read.ok ? read.value : undefined
}
