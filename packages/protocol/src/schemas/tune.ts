import * as v from 'valibot'
import { MUTATION_STATUSES, type TuneMutation, type TuneSegment, type TuneSummary } from '../tune-log.ts'
import type { TuneRecipe } from '../tune-recipe.ts'
import {
  count,
  finite,
  flag,
  jsonObject,
  lenient,
  map,
  numbers,
  orNull,
  pinned,
  plain,
  type SchemaOf,
  text,
  texts,
  values,
  whole,
} from './words.ts'

const pair = v.pipe(v.array(finite), v.length(2), v.transform(pairOf))
const direction = v.nullish(v.picklist(['up', 'down', 'both']), null)

const knob = plain({
  bounds: v.nullish(pair, [0.5, 2]),
  prior_center: v.nullish(finite, 1),
  cooldown: v.nullish(count, 1),
  risk: v.nullish(text, 'low'),
  max_step_mult: orNull(finite),
  mode: v.nullish(text, 'mult'),
  range: orNull(pair),
})

/** The document `hotcb.tune.recipe.yaml`. */
export const TuneRecipeSchema: SchemaOf<TuneRecipe> = pinned<TuneRecipe>()(
  v.pipe(
    v.nullish(v.unknown(), {}),
    plain({
      version: v.nullish(count, 1),
      objective: v.nullish(
        plain({
          primary: v.nullish(text, 'val/loss'),
          mode: v.nullish(v.picklist(['min', 'max']), 'min'),
          backup_metrics: v.nullish(texts, []),
        }),
        {},
      ),
      phases: v.nullish(map(plain({ start_frac: v.nullish(finite, 0), end_frac: v.nullish(finite, 1), direction })), {
        early: { start_frac: 0, end_frac: 0.2, direction: null },
        mid: { start_frac: 0.2, end_frac: 0.7, direction: null },
        late: { start_frac: 0.7, end_frac: 1, direction: null },
      }),
      actuators: map(plain({ enabled: v.nullish(flag, true), mutations: map(knob), keys: map(knob) })),
      search: v.nullish(
        plain({
          algorithm: v.nullish(text, 'tpe'),
          startup_trials: v.nullish(count, 8),
          candidate_count: v.nullish(count, 24),
          phase_conditioned: v.nullish(flag, true),
          seed: v.nullish(count, 0),
        }),
        {},
      ),
      acceptance: v.nullish(
        plain({
          epsilon: v.nullish(finite, 0.001),
          horizon: v.nullish(text, 'next_val_epoch_end'),
          rollback_on_reject: v.nullish(flag, true),
          most: v.nullish(count, 3),
          z: v.nullish(finite, 1),
          twin: v.nullish(flag, false),
        }),
        {},
      ),
      safety: v.nullish(
        plain({
          block_on_nan: v.nullish(flag, true),
          block_on_anomaly: v.nullish(flag, true),
          max_global_reject_streak: v.nullish(count, 4),
          rescue: v.nullish(flag, true),
        }),
        {},
      ),
    }),
  ),
)

/** One line of `hotcb.tune.mutations.jsonl`. */
export const TuneMutationSchema: SchemaOf<TuneMutation> = pinned<TuneMutation>()(
  plain({
    mutation_id: text,
    step: whole,
    epoch: lenient,
    phase_bin: v.nullish(text, 'mid'),
    event: orNull(text),
    actuator: text,
    patch: jsonObject,
    proposal_source: orNull(text),
    context: v.nullish(jsonObject, {}),
    snapshot_ref: orNull(text),
    status: v.picklist(MUTATION_STATUSES),
  }),
)

/** One line of `hotcb.tune.segments.jsonl`. */
export const TuneSegmentSchema: SchemaOf<TuneSegment> = pinned<TuneSegment>()(
  plain({
    segment_id: text,
    mutation_id: text,
    start_step: whole,
    end_step: whole,
    horizon_type: v.nullish(text, 'next_val_epoch_end'),
    pre: v.nullish(values, {}),
    post: v.nullish(values, {}),
    delta: v.nullish(values, {}),
    stability: v.nullish(
      plain({ nan: v.nullish(flag, false), anomaly: v.nullish(flag, false), grad_spike: v.nullish(flag, false) }),
      {},
    ),
    decision: text,
    score_delta: lenient,
  }),
)

/** The document `hotcb.tune.summary.json`. */
export const TuneSummarySchema: SchemaOf<TuneSummary> = pinned<TuneSummary>()(
  plain({
    total_mutations: v.nullish(count, 0),
    applied_mutations: v.nullish(count, 0),
    segments_by_decision: v.nullish(numbers, {}),
    win_rates: v.nullish(values, {}),
    mean_scores: v.nullish(values, {}),
    accept_rate: lenient,
    mode: v.nullish(text, 'off'),
    total_steps: orNull(count),
  }),
)

function pairOf(list: number[]): readonly [number, number] {
  const [low = 0, high = 0] = list
  return [low, high]
}
