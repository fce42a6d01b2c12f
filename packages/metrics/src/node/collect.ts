import { checkOptions, type OptionKeys } from '@hotcb/protocol'
import {
  COLLECTOR_KEYS,
  createMetricsCollector,
  type MetricsCollector,
  type MetricsCollectorOptions,
} from '../collector.ts'
import { systemClock } from './clock.ts'
import { metricsFile } from './line-file.ts'

/** Options of `openMetricsCollector`. */
export interface CollectMetricsOptions extends Omit<MetricsCollectorOptions, 'sink' | 'clock'> {
  /** @defaultValue the kernel's */
  readonly runDir?: string | undefined
}

const { sink: _sink, clock: _clock, ...OWN_KEYS } = COLLECTOR_KEYS
const KEYS: OptionKeys<CollectMetricsOptions> = { ...OWN_KEYS, runDir: true }

/**
 * Creates a collector that writes the `hotcb.metrics.jsonl` of a run directory, with this machine's clocks.
 *
 * @throws RangeError or TypeError for invalid or unknown options.
 */
export function openMetricsCollector(options: CollectMetricsOptions = {}): MetricsCollector {
  checkOptions('openMetricsCollector', options, KEYS)
  const { runDir, ...rest } = options
  return createMetricsCollector({ ...rest, sink: metricsFile(runDir), clock: systemClock })
}
