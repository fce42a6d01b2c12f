/**
 * The document `hotcb.tune.recipe.yaml`: what the tuner may change, and how it evaluates changes. Absent fields get
 * hotcb 2's defaults, so an empty document means all defaults. The tuner has its own reader, which reports the location
 * of each problem; `TuneRecipeSchema` describes the document for other programs.
 */
export interface TuneRecipe {
  readonly version: number
  readonly objective: {
    readonly primary: string
    readonly mode: 'min' | 'max'
    readonly backup_metrics: readonly string[]
  }
  /** Phases of the training run, by name. */
  readonly phases: Readonly<Record<string, TunePhase>>
  readonly actuators: Readonly<Record<string, TuneActuator>>
  readonly search: {
    readonly algorithm: string
    readonly startup_trials: number
    readonly candidate_count: number
    readonly phase_conditioned: boolean
    /** Runs with the same seed and the same metrics get the same proposals. Not in hotcb 2. */
    readonly seed: number
  }
  readonly acceptance: {
    readonly epsilon: number
    /** `next_val_epoch_end`, `2 epochs` or `500 steps`. */
    readonly horizon: string
    readonly rollback_on_reject: boolean
    /** The number of values after which a change that is not clearly better is rejected. Not in hotcb 2. */
    readonly most: number
    /** How many standard deviations of the noise count as a clear difference. Not in hotcb 2. */
    readonly z: number
    /** Whether a change is compared with the same steps without it, if the trainer can repeat them. Not in hotcb 2. */
    readonly twin: boolean
  }
  readonly safety: {
    readonly block_on_nan: boolean
    readonly block_on_anomaly: boolean
    readonly max_global_reject_streak: number
    /** Whether to go back to an earlier checkpoint when training diverges. Not in hotcb 2. */
    readonly rescue: boolean
  }
}

/** A phase of the training run, as fractions of its steps. */
export interface TunePhase {
  readonly start_frac: number
  readonly end_frac: number
  /** The direction in which rates may move; null: down in a phase called `late`, otherwise up. Not in hotcb 2. */
  readonly direction: 'up' | 'down' | 'both' | null
}

export interface TuneActuator {
  readonly enabled: boolean
  /** Settings by mutation name, such as `lr_mult`. */
  readonly mutations: Readonly<Record<string, TuneKnob>>
  /** Settings by control key. */
  readonly keys: Readonly<Record<string, TuneKnob>>
}

export interface TuneKnob {
  /** The bounds of the factor, the difference or the value, depending on `mode`. */
  readonly bounds: readonly [number, number]
  /** The likeliest value. */
  readonly prior_center: number
  /** How many decision points to wait after a change. */
  readonly cooldown: number
  /** `low`: changes are applied. `medium`: changes are only suggested. `high`: the control is never changed. */
  readonly risk: string
  /** The largest factor that one change may apply. */
  readonly max_step_mult: number | null
  /** `mult`, `delta` or `set`. The suffix of a mutation's name, such as `lr_mult`, takes precedence. */
  readonly mode: string
  /** The smallest and the largest value that the tuner may set; null: the control's bounds. Not in hotcb 2. */
  readonly range: readonly [number, number] | null
}
