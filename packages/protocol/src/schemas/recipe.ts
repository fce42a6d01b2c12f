import * as v from 'valibot'
import type { JsonObject } from '../json.ts'
import type { Overlay } from '../overlay.ts'
import type { RecipeEntry, RecipePlace } from '../recipe-entry.ts'
import { CallbackTargetSchema, SourceCaptureSchema } from './op.ts'
import {
  count,
  flag,
  jsonObject,
  name,
  numbers,
  orNull,
  pinned,
  plain,
  type SchemaOf,
  strict,
  text,
  whole,
  word,
} from './words.ts'

const place = v.pipe(
  plain({
    step: v.pipe(whole, v.minValue(-1)),
    event: orNull(text),
    call: orNull(count),
    after: v.nullish(flag, false),
    end: v.nullish(flag, false),
  }),
  v.check(({ step, end }) => end || step >= 0, '`step` must be 0 or above unless `end` is true'),
  v.transform(
    ({ step, event, call, after, end }): RecipePlace => ({
      step,
      event: event || null,
      ...(after && { after }),
      ...(end && { end }),
      ...(call === null ? {} : { call }),
    }),
  ),
)

// The casts are safe: the output of these two schemas is JSON, but interfaces have no index signature.
const target = CallbackTargetSchema as unknown as SchemaOf<JsonObject>
const capture = SourceCaptureSchema as unknown as SchemaOf<JsonObject>

/** One line of `hotcb.recipe.jsonl`. */
export const RecipeEntrySchema: SchemaOf<RecipeEntry> = pinned<RecipeEntry>()(
  v.pipe(
    plain({
      at: place,
      module: word,
      op: word,
      id: v.pipe(
        v.nullish(name, 'main'),
        v.transform((id) => id || 'main'),
      ),
      params: orNull(jsonObject),
      target: orNull(target),
      init: orNull(jsonObject),
      enabled: orNull(flag),
      source_capture: orNull(capture),
      seq: orNull(count),
    }),
    v.transform(
      // Only null fields are removed, all of them optional.
      (entry): RecipeEntry =>
        Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== null)) as unknown as RecipeEntry,
    ),
  ),
)

const conditions = {
  module: orNull(text),
  op: orNull(text),
  id: orNull(name),
  at_event: orNull(text),
  at_step: orNull(whole),
  step_min: orNull(whole),
  step_max: orNull(whole),
  has_param: orNull(text),
  nth: orNull(count),
}

const remarks = {
  note: v.optional(v.unknown()),
  comment: v.optional(v.unknown()),
  description: v.optional(v.unknown()),
  name: v.optional(v.unknown()),
}

const patch = v.pipe(
  strict({
    match: v.nullish(strict(conditions), {}),
    drop: v.nullish(flag, false),
    replace_params: orNull(jsonObject),
    transform_params: orNull(strict({ scale: v.nullish(numbers, {}), add: v.nullish(numbers, {}) })),
    shift_step: orNull(whole),
    insert: orNull(RecipeEntrySchema),
    ...remarks,
  }),
  v.transform(({ note, comment, description, name, ...patch }) => patch),
)

/**
 * The document `hotcb.adjust.yaml` or `.json`. Unknown keys are rejected, because people write this document by hand.
 */
export const OverlaySchema: SchemaOf<Overlay> = pinned<Overlay>()(
  v.pipe(
    strict({
      version: v.nullish(count, 1),
      patches: v.pipe(v.array(patch), v.readonly()),
      ...remarks,
    }),
    v.transform(({ version, patches }) => ({ version, patches })),
  ),
)
