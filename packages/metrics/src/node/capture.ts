import { type FeatureCapture, type FeatureCaptureOptions, featureCapture } from '../features.ts'
import { systemClock } from './clock.ts'
import { featuresFile } from './line-file.ts'

/** What `captureFeatures` may be told. */
export interface CaptureFeaturesOptions extends Omit<FeatureCaptureOptions, 'sink' | 'clock'> {
  /** @defaultValue the kernel's */
  readonly runDir?: string | undefined
}

/** A feature capture that writes the `hotcb.features.jsonl` of a run directory, on this machine's clocks. */
export function captureFeatures(options: CaptureFeaturesOptions = {}): FeatureCapture {
  return featureCapture({ ...options, sink: featuresFile(options.runDir), clock: systemClock })
}
