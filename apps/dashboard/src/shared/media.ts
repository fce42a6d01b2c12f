/** A run's image and text files: `media/<name>/<step>.<ext>`. */
export interface MediaAnswer {
  readonly media: readonly MediaSeries[]
  /** Why folders cannot be read. */
  readonly problems: readonly string[]
}

/** The files with one name, ordered by step. */
export interface MediaSeries {
  readonly name: string
  readonly files: readonly MediaFile[]
}

export interface MediaFile {
  readonly step: number
  /** A file name such as `120.png`. */
  readonly file: string
  readonly kind: 'image' | 'text'
}

/** The distribution of captured activations over steps. */
export interface FeatureQuantilesAnswer {
  readonly layers: readonly LayerQuantiles[]
  /** False if only the end of the file was read, because it is long. */
  readonly complete: boolean
}

/** The quantiles of one layer, one row per step. */
export interface LayerQuantiles {
  readonly layer: string
  readonly steps: readonly number[]
  /** In the order of {@link QUANTILES}; null if no value was finite. */
  readonly quantiles: readonly (readonly number[] | null)[]
}

/** The fraction of values at or below each quantile: minimum, 5 %, 25 %, median, 75 %, 95 %, maximum. */
export const QUANTILES: readonly number[] = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1]
