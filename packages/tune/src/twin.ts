import type { JsonObject } from '@hotcb/protocol'

/** A stretch of training to be done beside the run: from a checkpoint, with changes, for some steps. */
export interface TwinRequest {
  /** The folder of the checkpoint. */
  readonly dir: string
  /** The step that training goes on with. */
  readonly step: number
  /** What is changed before it: params by module. */
  readonly ops: readonly { readonly module: string; readonly params: JsonObject }[]
  readonly steps: number
  /** 0 trains on the run's own batches, others on batches in another order. */
  readonly seed: number
}

/**
 * Trains a stretch in a process of its own and gives the metrics at its end. The run itself is not touched.
 *
 * It may reject: the tuner says so and goes on without.
 */
export interface Twin {
  evaluateFrom(request: TwinRequest): Promise<{ readonly metrics: Readonly<Record<string, number | null>> }>
}
