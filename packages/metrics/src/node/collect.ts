import { type MetricsCollector, type MetricsCollectorOptions, metricsCollector } from '../collector.ts'
import { systemClock } from './clock.ts'
import { metricsFile } from './line-file.ts'

/** What `collectMetrics` may be told. */
export interface CollectMetricsOptions extends Omit<MetricsCollectorOptions, 'sink' | 'clock'> {
  /** @defaultValue the kernel's */
  readonly runDir?: string | undefined
}

/** A collector that writes the `hotcb.metrics.jsonl` of a run directory, on this machine's clocks. */
export function collectMetrics(options: CollectMetricsOptions = {}): MetricsCollector {
  return metricsCollector({ ...options, sink: metricsFile(options.runDir), clock: systemClock })
}
