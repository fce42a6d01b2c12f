import { checkOptions, type OptionKeys } from '@hotcb/protocol'
import {
  COLLECTOR_KEYS,
  createMetricsCollector,
  type MetricsCollector,
  type MetricsCollectorOptions,
} from '../collector.ts'
import { systemClock } from './clock.ts'
import { metricsFile } from './line-file.ts'
import { openSystemFigures } from './system/system-figures.ts'
import { systemSeconds } from './system/system-switch.ts'

/** Options for `openMetricsCollector`. */
export interface CollectMetricsOptions extends Omit<MetricsCollectorOptions, 'sink' | 'clock' | 'figures'> {
  /**
   * Whether CPU, memory, disk and GPUs are measured every 5 seconds, as `sys/...`. A number sets a different interval in seconds.
   *
   * @defaultValue true, unless the environment has `HOTCB_SYSTEM=off`
   */
  readonly system?: boolean | number | undefined
  /** The run directory. @defaultValue the kernel's run directory */
  readonly runDir?: string | undefined
}

const { sink: _sink, clock: _clock, figures: _figures, ...OWN_KEYS } = COLLECTOR_KEYS
const KEYS: OptionKeys<CollectMetricsOptions> = { ...OWN_KEYS, runDir: true, system: true }

/**
 * Creates a collector that writes `hotcb.metrics.jsonl` in a run directory, using this machine's clocks.
 *
 * @throws RangeError or TypeError for invalid or unknown options.
 */
export function openMetricsCollector(options: CollectMetricsOptions = {}): MetricsCollector {
  checkOptions('openMetricsCollector', options, KEYS)
  const { runDir, system, ...rest } = options
  const everySeconds = systemSeconds(system)
  const figures = everySeconds === null ? undefined : openSystemFigures({ everySeconds, runDir })
  return createMetricsCollector({ ...rest, sink: metricsFile(runDir), clock: systemClock, figures })
}
