import { checkOptions, type OptionKeys } from '@hotcb/protocol'
import { COLLECTOR_KEYS, type MetricsCollector, type MetricsCollectorOptions, metricsCollector } from '../collector.ts'
import { systemClock } from './clock.ts'
import { metricsFile } from './line-file.ts'

/** What `collectMetrics` may be told. */
export interface CollectMetricsOptions extends Omit<MetricsCollectorOptions, 'sink' | 'clock'> {
  /** @defaultValue the kernel's */
  readonly runDir?: string | undefined
}

const { sink: _sink, clock: _clock, ...OWN_KEYS } = COLLECTOR_KEYS
const KEYS: OptionKeys<CollectMetricsOptions> = { ...OWN_KEYS, runDir: true }

/**
 * A collector that writes the `hotcb.metrics.jsonl` of a run directory, on this machine's clocks.
 *
 * @throws RangeError or TypeError for options that make no sense, or do not exist.
 */
export function collectMetrics(options: CollectMetricsOptions = {}): MetricsCollector {
  checkOptions('collectMetrics', options, KEYS)
  const { runDir, ...rest } = options
  return metricsCollector({ ...rest, sink: metricsFile(runDir), clock: systemClock })
}
