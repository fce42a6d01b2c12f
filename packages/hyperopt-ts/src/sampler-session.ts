import type { Layout } from './layout.ts'
import type { AnyParams } from './params.ts'
import type { Random } from './random.ts'
import type { StudyDirection, Trial } from './trial.ts'

/** Chooses the parameters of the next trial. It is only a description: each study opens its own session. */
export interface Sampler {
  readonly name: string
  readonly open: (context: SamplerContext) => SamplerSession
}

/** The sampler's view of its study. */
export interface SamplerContext {
  readonly layout: Layout
  /** The first of `directions`. */
  readonly direction: StudyDirection
  /** One for each objective. A sampler that cannot search for several throws. */
  readonly directions: readonly StudyDirection[]
  readonly seed: number
}

/** A sampler at work for one study. */
export interface SamplerSession {
  /**
   * The parameters for trial `number`.
   *
   * For the same seed, number and trials seen it must give the same parameters, in whatever order the trials were told.
   * `random` is the stream of this trial only. `fixed` has a coordinate for each parameter that is already given, NaN
   * for the others; the study overrides suggested values with the given ones, so a sampler may ignore it.
   */
  readonly suggest: (number: number, random: Random, fixed?: Float64Array) => AnyParams
  /**
   * A trial exists: it was asked or added. Called in the order of trial numbers. `point` is its place in the layout.
   */
  readonly begin?: (trial: Trial, point: Float64Array) => void
  /** A trial is no longer running. Called once, after `begin`. */
  readonly finish?: (trial: Trial) => void
  /** Which sampler is at work, and why. */
  readonly report?: () => SamplerReport
}

/** A sampler's description of itself. */
export interface SamplerReport {
  /** Its name, such as `tpe`. */
  readonly sampler: string
  /** Why this one, when it was picked by another. */
  readonly why?: string
}

/**
 * Passes for a study of one objective.
 *
 * @throws RangeError for several.
 */
export function oneObjective({ directions }: SamplerContext, name: string): void {
  if (directions.length > 1) {
    throw new RangeError(`${name} searches for one objective, got ${directions.length} \`directions\``)
  }
}
