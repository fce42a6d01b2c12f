import { checkOptions, type OptionKeys } from '@hotcb/protocol'
import { createFeatureCapture, FEATURE_KEYS, type FeatureCapture, type FeatureCaptureOptions } from '../features.ts'
import { systemClock } from './clock.ts'
import { featuresFile } from './line-file.ts'

/** Options for `openFeatureCapture`. */
export interface CaptureFeaturesOptions extends Omit<FeatureCaptureOptions, 'sink' | 'clock'> {
  /** The run directory. @defaultValue the kernel's run directory */
  readonly runDir?: string | undefined
}

const { sink: _sink, clock: _clock, ...OWN_KEYS } = FEATURE_KEYS
const KEYS: OptionKeys<CaptureFeaturesOptions> = { ...OWN_KEYS, runDir: true }

/**
 * Creates a feature capture that writes `hotcb.features.jsonl` in a run directory, using this machine's clocks.
 *
 * @throws RangeError or TypeError for invalid or unknown options.
 */
export function openFeatureCapture(options: CaptureFeaturesOptions = {}): FeatureCapture {
  checkOptions('openFeatureCapture', options, KEYS)
  const { runDir, ...rest } = options
  return createFeatureCapture({ ...rest, sink: featuresFile(runDir), clock: systemClock })
}
