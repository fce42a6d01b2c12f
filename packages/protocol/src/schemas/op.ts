import * as v from 'valibot'
import { CB_DESCRIPTOR } from '../descriptor/callbacks.ts'
import { findNonFinite, type JsonObject } from '../json.ts'
import type { At, CallbackTarget, Command, Expires, SourceCapture } from '../op.ts'
import { count, finite, flag, jsonObject, orNull, pinned, plain, type SchemaOf, text, word } from './words.ts'

export const CallbackTargetSchema: SchemaOf<CallbackTarget> = pinned<CallbackTarget>()(
  plain({ kind: v.picklist(['file', 'module', 'python_file']), path: text, symbol: text }),
)

export const SourceCaptureSchema: SchemaOf<SourceCapture> = pinned<SourceCapture>()(
  plain({ sha256: text, captured_path: text }),
)

const AtSchema = pinned<At>()(plain({ step: count, event: v.exactOptional(v.nullable(text)) }))

const ExpiresSchema = pinned<Expires>()(
  v.pipe(
    plain({ step: v.exactOptional(v.nullable(count)), ts: v.exactOptional(v.nullable(finite)) }),
    v.check(({ step = null, ts = null }) => step !== null || ts !== null, 'must have `step` or `ts`'),
  ),
)

const finiteObject: SchemaOf<JsonObject> = v.pipe(
  jsonObject,
  v.check((value) => findNonFinite(value) === undefined, 'must contain only finite numbers'),
)

const module: SchemaOf<string> = v.pipe(
  v.nullish(text, CB_DESCRIPTOR.name),
  v.transform((name) => name || CB_DESCRIPTOR.name),
)

const id: SchemaOf<string> = v.pipe(
  v.nullish(v.union([v.string(), finite]), 'main'),
  v.transform((name) => (name === '' ? 'main' : String(name))),
)

/** One line of `hotcb.commands.jsonl`; the valibot equivalent of `readCommand`. */
export const CommandSchema: SchemaOf<Command> = pinned<Required<Command>>()(
  plain({
    cid: orNull(text),
    ts: orNull(finite),
    source: orNull(text),
    author: orNull(text),
    module,
    op: word,
    id,
    params: orNull(finiteObject),
    target: orNull(CallbackTargetSchema),
    init: orNull(finiteObject),
    enabled: orNull(flag),
    mode: orNull(text),
    recipe_path: orNull(text),
    adjust_path: orNull(text),
    policy: orNull(text),
    step_offset: orNull(finite),
    source_capture: orNull(SourceCaptureSchema),
    at: orNull(AtSchema),
    expires: orNull(ExpiresSchema),
    expect: orNull(finiteObject),
    note: orNull(text),
  }),
)
