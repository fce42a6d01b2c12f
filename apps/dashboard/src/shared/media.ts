/** Images and texts that a run has as files: `media/<name>/<step>.<ext>`. */
export interface MediaAnswer {
  readonly media: readonly MediaSeries[]
  /** Why a folder cannot be read. */
  readonly problems: readonly string[]
}

/** The files of one name, by step. */
export interface MediaSeries {
  readonly name: string
  readonly files: readonly MediaFile[]
}

export interface MediaFile {
  readonly step: number
  /** Such as `120.png`. */
  readonly file: string
  readonly kind: 'image' | 'text'
}

/** The distribution of captured activations over steps. */
export interface FeatureQuantilesAnswer {
  readonly layers: readonly LayerQuantiles[]
  /** False if the file is longer than what was read of its end. */
  readonly complete: boolean
}

/** One layer; a row of quantiles for each step. */
export interface LayerQuantiles {
  readonly layer: string
  readonly steps: readonly number[]
  /** In the order of {@link QUANTILES}; null if no value was finite. */
  readonly quantiles: readonly (readonly number[] | null)[]
}

/** Shares of the values that are at most a quantile: least, 5 %, 25 %, median, 75 %, 95 %, greatest. */
export const QUANTILES: readonly number[] = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1]
