import * as v from 'valibot'
import type { AiState } from '../ai-state.ts'
import { AUTOPILOT_KINDS, type AutopilotLine, CONFIDENCES } from '../autopilot.ts'
import type { Capabilities } from '../capabilities.ts'
import { DECISIONS } from '../ledger.ts'
import {
  count,
  finite,
  flag,
  jsonObject,
  jsons,
  lenient,
  list,
  name,
  orNull,
  pinned,
  plain,
  type SchemaOf,
  text,
  texts,
  whole,
} from './words.ts'

/** One line of `hotcb.autopilot.jsonl`. */
export const AutopilotLineSchema: SchemaOf<AutopilotLine> = pinned<AutopilotLine>()(
  plain({
    action_id: name,
    ts: finite,
    step: orNull(whole),
    kind: v.picklist(AUTOPILOT_KINDS),
    source: v.nullish(text, 'autopilot'),
    rule_id: orNull(name),
    metric: orNull(text),
    reason: orNull(text),
    confidence: orNull(v.picklist(CONFIDENCES)),
    command: orNull(jsonObject),
    cid: orNull(text),
    by: orNull(text),
    decision: orNull(v.picklist(DECISIONS)),
    seq: orNull(count),
    data: orNull(jsonObject),
    n: orNull(count),
  }),
)

/** The document `hotcb.ai.state.json`. */
export const AiStateSchema: SchemaOf<AiState> = pinned<AiState>()(
  plain({
    key_metric: v.nullish(text, 'val_loss'),
    key_metric_mode: v.nullish(v.picklist(['auto', 'min', 'max']), 'auto'),
    watch_metrics: v.nullish(texts, []),
    run_number: v.nullish(count, 1),
    max_runs: v.nullish(count, 3),
    run_history: list(
      plain({
        run_id: name,
        final_key_metric: lenient,
        ai_verdict: orNull(text),
        carried_learnings: v.nullish(jsons, []),
      }),
    ),
    carried_context: v.nullish(text, ''),
    next_check_step: orNull(whole),
    cadence_override: orNull(whole),
    watch_metrics_raw: v.nullish(texts, []),
  }),
)

/** The document `hotcb.capabilities.json`. */
export const CapabilitiesSchema: SchemaOf<Capabilities> = pinned<Capabilities>()(
  plain({
    framework: v.nullish(text, ''),
    num_optimizers: v.nullish(count, 0),
    optimizer_names: v.nullish(texts, []),
    num_param_groups: v.nullish(v.pipe(v.array(count), v.readonly()), []),
    has_scheduler: v.nullish(flag, false),
    scheduler_types: v.nullish(texts, []),
    grad_accumulation_steps: v.nullish(count, 1),
    automatic_optimization: v.nullish(flag, true),
    mutable_state_detected: v.nullish(flag, false),
    mutable_state_keys: v.nullish(texts, []),
    grad_clip_value: lenient,
    grad_clip_wired: v.nullish(flag, false),
    metric_names: v.nullish(texts, []),
  }),
)
