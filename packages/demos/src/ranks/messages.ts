import type { Env } from '@hotcb/protocol'
import type { StepGradients } from '../digits/trainer.ts'
import type { DemoConfig } from '../run/demo-options.ts'

/** The start message of a rank above 0. */
export interface RankStart {
  readonly rank: number
  readonly worldSize: number
  readonly runDir: string
  readonly config: DemoConfig
  readonly seed: number
  /** The directory in which the kernels meet. */
  readonly meetDir: string
}

/** Messages of rank 0 to the others. */
export type ToRank =
  | { readonly kind: 'start'; readonly start: RankStart }
  /** `checkpoint` is the folder of the checkpoint to continue from. */
  | {
      readonly kind: 'begin'
      readonly step: number
      readonly maxSteps: number
      readonly checkpoint: string | null
    }
  /** Compute these parts of the step's batch. */
  | { readonly kind: 'work'; readonly step: number; readonly shards: readonly number[] }
  /** Move the weights by the mean of all parts, and go to the safe point. */
  | {
      readonly kind: 'advance'
      readonly gradients: Float32Array
      readonly env: Env
      readonly events: readonly string[]
    }
  | { readonly kind: 'end' }

/** Messages of the others to rank 0. */
export type FromRank =
  | { readonly kind: 'ready' }
  | { readonly kind: 'share'; readonly step: number; readonly shard: number; readonly share: StepGradients }
  /** A note of its kernel. */
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'failed'; readonly error: string }
  | { readonly kind: 'done'; readonly weights: string }
