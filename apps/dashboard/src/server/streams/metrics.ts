import { runFiles, type ShownMetrics } from '@hotcb/protocol'
import { readMetricLine } from '@hotcb/run'
import type { MetricsData } from '../../shared/wire.ts'
import { toMetricsData } from '../metric-lines.ts'
import type { LineStream } from './stream.ts'

/** New points by metric. A burst is sent as buckets, and a client receives only the metrics that it follows. */
export const metricsStream: LineStream<MetricsData> = {
  kind: 'lines',
  file: runFiles.metrics,
  open({ livePoints }) {
    const note = createNotes()
    return (lines, reading) => {
      const records = lines.map(({ text }) => readMetricLine(text)).filter((line) => line !== undefined)
      const flags = reading === 'new' ? note(records) : { rewound: isRewound(records), new_names: reading === 'behind' }
      return (names) => ({ ...toMetricsData(records, names, livePoints), ...flags })
    }
  },
}

type Flags = Pick<MetricsData, 'rewound' | 'new_names'>

/** Remembers the last step and all names, in order to detect that training has gone back or that a new metric has appeared. */
function createNotes(): (lines: readonly ShownMetrics[]) => Flags {
  const known = new Set<string>()
  let lastStep = Number.NEGATIVE_INFINITY
  return (lines) => {
    let isBack = false
    const before = known.size
    for (const { step, metrics } of lines) {
      isBack ||= step < lastStep
      lastStep = step
      for (const name in metrics) known.add(name)
    }
    return { rewound: isBack, new_names: known.size > before }
  }
}

function isRewound(lines: readonly ShownMetrics[]): boolean {
  return lines.some((line, i) => i > 0 && line.step < (lines[i - 1]?.step ?? 0))
}
