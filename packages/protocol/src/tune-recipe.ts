import { FieldReader } from './fields.ts'
import type { Result } from './result.ts'

/** The document `hotcb.tune.recipe.yaml`: what the tuner may change, and how it judges. */
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

/** Reads a tune recipe; what is absent takes hotcb 2's defaults. An empty document is all defaults. */
export function readTuneRecipe(value: unknown): Result<TuneRecipe> {
  const fields = new FieldReader(value ?? {}, 'a tune recipe')
  // A section that is absent is an empty one: its fields take their defaults.
  const section = <Section>(key: string, read: (fields: FieldReader) => Section): Section =>
    fields.nested(key, read, null) ?? read(new FieldReader({}, ''))
  const phases = fields.map('phases', (phase) => ({
    start_frac: phase.number('start_frac', 0),
    end_frac: phase.number('end_frac', 1),
  }))
  return fields.result({
    version: fields.count('version', 1),
    objective: section('objective', (objective) => ({
      primary: objective.text('primary', 'val/loss'),
      mode: objective.oneOf('mode', ['min', 'max'], 'min'),
      backup_metrics: objective.texts('backup_metrics', []),
    })),
    phases: fields.has('phases') ? phases : DEFAULT_PHASES,
    actuators: fields.map('actuators', (actuator) => ({
      enabled: actuator.flag('enabled', true),
      mutations: actuator.map('mutations', knobOf),
      keys: actuator.map('keys', knobOf),
    })),
    search: section('search', (search) => ({
      algorithm: search.text('algorithm', 'tpe'),
      startup_trials: search.count('startup_trials', 8),
      candidate_count: search.count('candidate_count', 24),
      phase_conditioned: search.flag('phase_conditioned', true),
    })),
    acceptance: section('acceptance', (acceptance) => ({
      epsilon: acceptance.number('epsilon', 0.001),
      horizon: acceptance.text('horizon', 'next_val_epoch_end'),
      rollback_on_reject: acceptance.flag('rollback_on_reject', true),
    })),
    safety: section('safety', (safety) => ({
      block_on_nan: safety.flag('block_on_nan', true),
      block_on_anomaly: safety.flag('block_on_anomaly', true),
      max_global_reject_streak: safety.count('max_global_reject_streak', 4),
    })),
  })
}

const DEFAULT_PHASES: TuneRecipe['phases'] = {
  early: { start_frac: 0, end_frac: 0.2 },
  mid: { start_frac: 0.2, end_frac: 0.7 },
  late: { start_frac: 0.7, end_frac: 1 },
}

function knobOf(fields: FieldReader): TuneKnob {
  return {
    bounds: fields.pair('bounds', [0.5, 2]),
    prior_center: fields.number('prior_center', 1),
    cooldown: fields.count('cooldown', 1),
    risk: fields.text('risk', 'low'),
    max_step_mult: fields.number('max_step_mult', null),
    mode: fields.text('mode', 'mult'),
  }
}
