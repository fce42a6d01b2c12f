import * as v from 'valibot'
import {
  ACTUATOR_STATES,
  ACTUATOR_TYPES,
  type ControlDescription,
  type ControlGroup,
  type ControlsDocument,
} from '../control.ts'
import { UNFROZEN } from '../freeze.ts'
import { DECISIONS } from '../ledger.ts'
import type { HeldCommand, StateDocument } from '../state.ts'
import { FreezeSchema } from './freeze.ts'
import {
  count,
  finite,
  flag,
  json,
  jsonObject,
  jsons,
  lenient,
  list,
  map,
  name,
  numbers,
  orNull,
  pinned,
  plain,
  type SchemaOf,
  text,
  whole,
} from './words.ts'

const heldAt = v.pipe(
  plain({ step: count, event: orNull(text) }),
  v.transform((at): HeldCommand['at'] => at),
)

/** The document `hotcb.state.json`. */
export const StateDocumentSchema: SchemaOf<StateDocument> = pinned<StateDocument>()(
  plain({
    protocol: count,
    kernel: plain({
      name: text,
      version: text,
      pid: orNull(count),
      host: orNull(text),
      attempt: count,
      start: orNull(text),
    }),
    step: orNull(whole),
    freeze: v.nullish(FreezeSchema, UNFROZEN),
    paused: v.nullish(flag, false),
    closed: v.nullish(flag, false),
    held: list(plain({ cid: text, writer: orNull(text), offset: count, at: heldAt })),
    last: map(plain({ seq: count, op: text, step: orNull(whole), decision: v.picklist(DECISIONS) })),
    modules: v.nullish(jsonObject, {}),
    ledger_bytes: v.nullish(count, 0),
    ledger_tail: orNull(text),
    taken: orNull(numbers),
    degraded: orNull(text),
    step_seconds: orNull(finite),
    ranks: orNull(plain({ world_size: count, lost: orNull(text) })),
  }),
)

const controlGroup: SchemaOf<ControlGroup> = v.pipe(
  plain({ name, value: json, place: orNull(count), ratio: lenient, registered: json }),
  v.transform(
    ({ name, value, place, ratio, registered }): ControlGroup => ({
      name,
      value,
      ...(place === null ? {} : { place }),
      ...(ratio === null ? {} : { ratio }),
      ...(registered === null ? {} : { registered }),
    }),
  ),
)

const control: SchemaOf<ControlDescription> = v.pipe(
  plain({
    param_key: text,
    type: v.picklist(ACTUATOR_TYPES),
    label: orNull(text),
    group: v.nullish(text, ''),
    min: lenient,
    max: lenient,
    step: lenient,
    log_base: lenient,
    choices: orNull(jsons),
    current: json,
    state: v.nullish(v.picklist(ACTUATOR_STATES), 'init'),
    unit: orNull(text),
    groups: orNull(v.pipe(v.array(controlGroup), v.readonly())),
    registered: json,
    ramp: json,
  }),
  v.transform(
    ({ label, unit, groups, registered, ramp, ...shared }): ControlDescription => ({
      ...shared,
      label: label ?? shared.param_key,
      ...(unit === null ? {} : { unit }),
      ...(groups === null ? {} : { groups }),
      ...(registered === null ? {} : { registered }),
      ...(ramp === null ? {} : { ramp }),
    }),
  ),
)

/** The document `hotcb.actuators.json`. */
export const ControlsDocumentSchema: SchemaOf<ControlsDocument> = pinned<ControlsDocument>()(
  v.pipe(
    plain({ controls: list(control), modules: orNull(jsons) }),
    v.transform(({ controls, modules }): ControlsDocument => ({ controls, ...(modules !== null && { modules }) })),
  ),
)
