import type { Json } from '@hotcb/protocol'
import type { Shape } from './shape.ts'

/** The training phases if a recipe names none. Only the late phase lowers rates: before that, a lower rate looks better than it is. */
export const DEFAULT_PHASES: Json = {
  early: { start_frac: 0, end_frac: 0.2 },
  mid: { start_frac: 0.2, end_frac: 0.7 },
  late: { start_frac: 0.7, end_frac: 1 },
}

export const RISKS: readonly string[] = ['low', 'medium', 'high']
export const KNOB_MODES: readonly string[] = ['mult', 'delta', 'set']
export const DIRECTIONS: readonly string[] = ['up', 'down', 'both']
export const ALGORITHMS: readonly string[] = ['tpe', 'pattern', 'random']

const KNOB: Shape = {
  kind: 'fields',
  fields: {
    bounds: { kind: 'range', absent: [0.5, 2] },
    prior_center: { kind: 'number', absent: 1 },
    cooldown: { kind: 'number', absent: 1, least: 0, whole: true },
    risk: { kind: 'text', absent: 'low', words: RISKS },
    max_step_mult: { kind: 'number', absent: null, least: 1 },
    mode: { kind: 'text', absent: 'mult', words: KNOB_MODES },
    range: { kind: 'range', absent: null },
  },
}

/** The allowed content of a tuner's recipe, with hotcb 2's defaults. */
export const RECIPE_SHAPE: Shape = {
  kind: 'fields',
  fields: {
    version: { kind: 'number', absent: 1, least: 1, most: 1, whole: true },
    objective: {
      kind: 'fields',
      fields: {
        primary: { kind: 'text', absent: 'val/loss' },
        mode: { kind: 'text', absent: 'min', words: ['min', 'max'] },
        backup_metrics: { kind: 'texts' },
      },
    },
    phases: {
      kind: 'map',
      absent: DEFAULT_PHASES,
      of: {
        kind: 'fields',
        fields: {
          start_frac: { kind: 'number', absent: 0, least: 0, most: 1 },
          end_frac: { kind: 'number', absent: 1, least: 0, most: 1 },
          direction: { kind: 'text', absent: null, words: DIRECTIONS },
        },
      },
    },
    actuators: {
      kind: 'map',
      of: {
        kind: 'fields',
        fields: {
          enabled: { kind: 'flag', absent: true },
          mutations: { kind: 'map', of: KNOB },
          keys: { kind: 'map', of: KNOB },
        },
      },
    },
    search: {
      kind: 'fields',
      fields: {
        algorithm: { kind: 'text', absent: 'tpe', words: ALGORITHMS },
        startup_trials: { kind: 'number', absent: 8, least: 0, whole: true },
        candidate_count: { kind: 'number', absent: 24, least: 1, most: 10_000, whole: true },
        phase_conditioned: { kind: 'flag', absent: true },
        seed: { kind: 'number', absent: 0, least: 0, whole: true },
      },
    },
    acceptance: {
      kind: 'fields',
      fields: {
        epsilon: { kind: 'number', absent: 0.001, least: 0 },
        horizon: { kind: 'text', absent: 'next_val_epoch_end' },
        rollback_on_reject: { kind: 'flag', absent: true },
        most: { kind: 'number', absent: 3, least: 1, most: 1000, whole: true },
        z: { kind: 'number', absent: 1, least: 0 },
        twin: { kind: 'flag', absent: false },
      },
    },
    safety: {
      kind: 'fields',
      fields: {
        block_on_nan: { kind: 'flag', absent: true },
        block_on_anomaly: { kind: 'flag', absent: true },
        max_global_reject_streak: { kind: 'number', absent: 4, least: 1, whole: true },
        rescue: { kind: 'flag', absent: true },
      },
    },
  },
}
