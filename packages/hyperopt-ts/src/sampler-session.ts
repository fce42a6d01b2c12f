import type { Layout } from './layout.ts'
import type { AnyParams } from './params.ts'
import type { Random } from './random.ts'
import type { StudyDirection, Trial } from './trial.ts'

/** Chooses the parameters of the next trial. A sampler is only a description; each study opens its own session. */
export interface Sampler {
  readonly name: string
  readonly open: (context: SamplerContext) => SamplerSession
}

/** The sampler's view of its study. */
export interface SamplerContext {
  readonly layout: Layout
  /** The first of `directions`. */
  readonly direction: StudyDirection
  /** One direction per objective. A sampler that cannot handle several objectives throws. */
  readonly directions: readonly StudyDirection[]
  readonly seed: number
}

/** One study's running sampler. */
export interface SamplerSession {
  /**
   * The parameters for trial `number`.
   *
   * For the same seed, number and known trials it must return the same parameters, regardless of the order in which the trials ended.
   * `random` is this trial's own stream. `fixed` contains a coordinate for each parameter that is already given, and NaN for the others.
   * The study overrides suggested values with the given ones, so a sampler may ignore it.
   */
  readonly suggest: (number: number, random: Random, fixed?: Float64Array) => AnyParams
  /**
   * Called in trial-number order when `ask` or `add` has created a trial. `point` is its place in the layout.
   */
  readonly begin?: (trial: Trial, point: Float64Array) => void
  /** Called once, after `begin`, when a trial is no longer running. */
  readonly finish?: (trial: Trial) => void
  /** Returns the sampler in use, and the reason. */
  readonly report?: () => SamplerReport
}

/** A sampler's description of itself. */
export interface SamplerReport {
  /** Its name, such as `tpe`. */
  readonly sampler: string
  /** Why it was picked, if another sampler picked it. */
  readonly why?: string
}

/**
 * Checks that a study has one objective.
 *
 * @throws RangeError if it has several.
 */
export function oneObjective({ directions }: SamplerContext, name: string): void {
  if (directions.length > 1) {
    throw new RangeError(`${name} searches for one objective, got ${directions.length} \`directions\``)
  }
}
