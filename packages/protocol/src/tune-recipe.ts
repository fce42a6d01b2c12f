/**
 * The document `hotcb.tune.recipe.yaml`: what the tuner may change, and how it evaluates changes. Absent fields get
 * hotcb 2's defaults; an empty document is all defaults. The tuner has its own reader, which reports each problem with
 * its place; `TuneRecipeSchema` describes it for other programs.
 */
export interface TuneRecipe {
  readonly version: number
  readonly objective: {
    readonly primary: string
    readonly mode: 'min' | 'max'
    readonly backup_metrics: readonly string[]
  }
  /** By name: the part of training it covers, as fractions. */
  readonly phases: Readonly<Record<string, TunePhase>>
  readonly actuators: Readonly<Record<string, TuneActuator>>
  readonly search: {
    readonly algorithm: string
    readonly startup_trials: number
    readonly candidate_count: number
    readonly phase_conditioned: boolean
    /** Not in hotcb 2. The same seed and the same course give the same proposals. */
    readonly seed: number
  }
  readonly acceptance: {
    readonly epsilon: number
    /** `next_val_epoch_end`, `2 epochs` or `500 steps`. */
    readonly horizon: string
    readonly rollback_on_reject: boolean
    /** Not in hotcb 2. Values after which a change that is not clearly better is rejected. */
    readonly most: number
    /** Not in hotcb 2. How many standard deviations of the noise are clear. */
    readonly z: number
    /** Not in hotcb 2. Judge a change against the same steps without it, where the trainer can train them again. */
    readonly twin: boolean
  }
  readonly safety: {
    readonly block_on_nan: boolean
    readonly block_on_anomaly: boolean
    readonly max_global_reject_streak: number
    /** Not in hotcb 2. Go back to an earlier checkpoint when training diverges. */
    readonly rescue: boolean
  }
}

/** A part of training, as fractions of its steps. */
export interface TunePhase {
  readonly start_frac: number
  readonly end_frac: number
  /** Not in hotcb 2. Which way rates may move; null: down in a phase called `late`, otherwise up. */
  readonly direction: 'up' | 'down' | 'both' | null
}

export interface TuneActuator {
  readonly enabled: boolean
  /** By name of the mutation, such as `lr_mult`. */
  readonly mutations: Readonly<Record<string, TuneKnob>>
  /** By key of the control. */
  readonly keys: Readonly<Record<string, TuneKnob>>
}

export interface TuneKnob {
  /** Of the factor, the difference or the value, as `mode` says. */
  readonly bounds: readonly [number, number]
  /** The likeliest value. */
  readonly prior_center: number
  /** Decision points. */
  readonly cooldown: number
  /** `low`: applied. `medium`: only suggested. `high`: left alone. */
  readonly risk: string
  /** The greatest factor of one move. */
  readonly max_step_mult: number | null
  /** `mult`, `delta` or `set`. The end of a mutation's name, such as `lr_mult`, wins over it. */
  readonly mode: string
  /** Not in hotcb 2. The least and greatest value that the tuner may set; null: the bounds of the control. */
  readonly range: readonly [number, number] | null
}
