import type { Layout } from './layout.ts'
import type { AnyParams } from './params.ts'
import type { Random } from './random.ts'
import type { Direction, Trial } from './trial.ts'

/** What chooses the parameters of the next trial. It is a recipe: each study opens a session of its own. */
export interface Sampler {
  readonly name: string
  readonly open: (context: SamplerContext) => SamplerSession
}

/** What a sampler knows of its study. */
export interface SamplerContext {
  readonly layout: Layout
  readonly direction: Direction
  readonly seed: number
}

/** A sampler at work for one study. */
export interface SamplerSession {
  /**
   * The parameters for trial `number`.
   *
   * For the same seed, number and trials seen it must give the same parameters, in whatever order the trials were told.
   * `random` is the stream of this trial and of no other.
   */
  readonly suggest: (number: number, random: Random) => AnyParams
  /** A trial exists: it was asked for or added. Called in the order of trial numbers. `point` is its place in the layout. */
  readonly begin?: (trial: Trial, point: Float64Array) => void
  /** A trial is no longer running. Called once, after `begin`. */
  readonly finish?: (trial: Trial) => void
}
