import * as v from 'valibot'
import { type CheckpointMeta, knownMeta } from '../checkpoint-meta.ts'
import type { FeatureRecord } from '../feature.ts'
import type { JsonObject } from '../json.ts'
import { readMaker } from '../maker.ts'
import type { MetricRecord } from '../metric.ts'
import type { RunDocument } from '../run.ts'
import {
  count,
  finiteOrNone,
  flag,
  jsonObject,
  lenient,
  name,
  orNull,
  pinned,
  plain,
  type SchemaOf,
  text,
  values,
  whole,
} from './words.ts'

/** One line of `hotcb.metrics.jsonl`. */
export const MetricRecordSchema: SchemaOf<MetricRecord> = pinned<MetricRecord>()(
  v.pipe(
    plain({ step: whole, epoch: lenient, wall_time: lenient, metrics: values, hp: orNull(jsonObject) }),
    v.transform(({ hp, ...shared }): MetricRecord => (hp === null ? shared : { ...shared, hp })),
  ),
)

const row = v.pipe(v.array(finiteOrNone), v.readonly())

/** One line of `hotcb.features.jsonl`; hotcb 2's demos write `layer` for `layer_name`. */
export const FeatureRecordSchema: SchemaOf<FeatureRecord> = pinned<FeatureRecord>()(
  v.pipe(
    plain({
      step: whole,
      layer_name: orNull(text),
      layer: v.nullish(v.unknown(), null),
      activations: v.pipe(v.array(row), v.readonly()),
    }),
    v.check(
      ({ layer_name, layer }) => layer_name !== null || typeof layer === 'string',
      '`layer_name` is missing: expected text',
    ),
    v.transform(
      ({ step, layer_name, layer, activations }): FeatureRecord => ({
        step,
        layer_name: layer_name ?? String(layer),
        activations,
      }),
    ),
  ),
)

const origin = plain({
  command: orNull(v.pipe(v.array(text), v.readonly())),
  cwd: orNull(text),
  host: orNull(text),
  git: orNull(plain({ commit: text, branch: orNull(text), is_dirty: v.nullish(flag, false), remote: orNull(text) })),
  env: v.pipe(v.nullish(jsonObject, {}), v.transform(textsOf)),
})

const parent = v.pipe(
  plain({ run: text, seq: count, step: whole, tag: orNull(text), dir: orNull(text) }),
  v.transform(({ tag, dir, ...place }) => ({ ...place, ...(tag !== null && { tag }), ...(dir !== null && { dir }) })),
)

/** The document `hotcb.run.json`; hotcb 2's server writes `config_id` for `config`. */
export const RunDocumentSchema: SchemaOf<RunDocument> = pinned<RunDocument>()(
  v.pipe(
    plain({
      run_id: v.nullish(name, ''),
      config: orNull(text),
      config_id: v.nullish(v.unknown(), null),
      max_steps: orNull(whole),
      max_time: lenient,
      step_delay: lenient,
      seed: orNull(whole),
      key_metric: orNull(text),
      started_at: orNull(text),
      run_dir: v.nullish(text, ''),
      completed_at: orNull(text),
      stopped_early: orNull(flag),
      final_metrics: orNull(values),
      weights_sha256: orNull(text),
      ranks: orNull(count),
      parent: orNull(parent),
      exit_code: orNull(whole),
      origin: orNull(origin),
    }),
    v.check(
      ({ config, config_id }) => config !== null || config_id === null || typeof config_id === 'string',
      '`config_id` must be text',
    ),
    v.transform(
      ({ config, config_id, origin, ...shared }): RunDocument => ({
        ...shared,
        ...(origin !== null && { origin }),
        config: config ?? (typeof config_id === 'string' ? config_id : ''),
      }),
    ),
  ),
)

/** A checkpoint's `meta.json`. */
export const CheckpointMetaSchema: SchemaOf<CheckpointMeta> = pinned<CheckpointMeta>()(
  v.pipe(
    plain({
      step: count,
      seq: v.nullish(count, 0),
      calls: orNull(count),
      by: v.pipe(v.nullish(v.unknown(), null), v.transform(readMaker)),
      modules: orNull(jsonObject),
      kernel: orNull(jsonObject),
    }),
    v.transform(knownMeta),
  ),
)

function textsOf(object: JsonObject): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(object).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  )
}
