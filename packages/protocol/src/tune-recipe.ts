/**
 * The document `hotcb.tune.recipe.yaml`: what the tuner may change, and how it judges. It is read once when a tuner starts, so
 * `TuneRecipeSchema` is its reader. What is absent takes hotcb 2's defaults; an empty document is all defaults.
 */
export interface TuneRecipe {
  readonly version: number
  readonly objective: {
    readonly primary: string
    readonly mode: 'min' | 'max'
    readonly backup_metrics: readonly string[]
  }
  /** By name: the part of training it covers, as fractions. */
  readonly phases: Readonly<Record<string, { readonly start_frac: number; readonly end_frac: number }>>
  readonly actuators: Readonly<Record<string, TuneActuator>>
  readonly search: {
    readonly algorithm: string
    readonly startup_trials: number
    readonly candidate_count: number
    readonly phase_conditioned: boolean
  }
  readonly acceptance: { readonly epsilon: number; readonly horizon: string; readonly rollback_on_reject: boolean }
  readonly safety: {
    readonly block_on_nan: boolean
    readonly block_on_anomaly: boolean
    readonly max_global_reject_streak: number
  }
}

export interface TuneActuator {
  readonly enabled: boolean
  /** By name of the mutation, such as `lr_mult`. */
  readonly mutations: Readonly<Record<string, TuneKnob>>
  /** By key of the control. */
  readonly keys: Readonly<Record<string, TuneKnob>>
}

export interface TuneKnob {
  readonly bounds: readonly [number, number]
  readonly prior_center: number
  /** Decision points. */
  readonly cooldown: number
  readonly risk: string
  readonly max_step_mult: number | null
  readonly mode: string
}
