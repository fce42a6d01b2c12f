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
  /** The directory through which the kernels synchronize. */
  readonly meetDir: string
}

/** Messages from rank 0 to the others. */
export type ToRank =
  | { readonly kind: 'start'; readonly start: RankStart }
  /** `checkpoint` is the folder of the checkpoint to continue from. */
  | {
      readonly kind: 'begin'
      readonly step: number
      readonly maxSteps: number
      readonly checkpoint: string | null
    }
  /** Requests these parts of the step's batch. */
  | { readonly kind: 'work'; readonly step: number; readonly shards: readonly number[] }
  /** Requests that the weights be updated by the mean of all parts, and that the rank go to the safe point. */
  | {
      readonly kind: 'advance'
      readonly gradients: Float32Array
      readonly env: Env
      readonly events: readonly string[]
    }
  | { readonly kind: 'end' }

/** Messages from the others to rank 0. */
export type FromRank =
  | { readonly kind: 'ready' }
  | { readonly kind: 'share'; readonly step: number; readonly shard: number; readonly share: StepGradients }
  /** A note from its kernel. */
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'failed'; readonly error: string }
  | { readonly kind: 'done'; readonly weights: string }
