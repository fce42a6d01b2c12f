import * as v from 'valibot'
import type { DesiredState } from '../desired-state.ts'
import { FREEZE_MODES, REPLAY_POLICIES } from '../freeze.ts'
import { isObject } from '../json.ts'
import { objectWithRest } from './every-key.ts'
import { CallbackTargetSchema } from './op.ts'
import { flag, json, jsonObject, map, name, orNull, pinned, plain, type SchemaOf, text, whole } from './words.ts'

const replay = plain({
  recipe_path: orNull(text),
  adjust_path: orNull(text),
  policy: orNull(v.picklist(REPLAY_POLICIES)),
  step_offset: orNull(whole),
})

const core = plain({ freeze_mode: orNull(v.picklist(FREEZE_MODES)), replay: orNull(replay) })

const callback = plain({
  target: orNull(CallbackTargetSchema),
  init: orNull(jsonObject),
  enabled: orNull(flag),
  params: orNull(jsonObject),
})

const tune = v.pipe(
  v.unknown(),
  v.check(isObject, 'must be an object'),
  objectWithRest({ enabled: v.nullish(flag, false), mode: v.nullish(text, 'active') }, json),
  v.transform(({ enabled, ...params }) => {
    const said = Object.entries(params).filter(([, value]) => value !== null)
    return { enabled, params: Object.fromEntries(said) }
  }),
)

const section = plain({ id: v.nullish(name, 'main'), enabled: orNull(flag), params: orNull(jsonObject) })

/** The document `hotcb.yaml` of a run that has the built-in modules. All other sections are controls. */
export const DesiredStateSchema: SchemaOf<DesiredState> = pinned<DesiredState>()(
  v.pipe(
    v.nullish(v.unknown(), {}),
    v.check(isObject, 'must be an object'),
    objectWithRest(
      {
        version: v.nullish(v.unknown(), 1),
        core: orNull(core),
        cb: orNull(plain({ callbacks: map(callback) })),
        tune: orNull(tune),
        ctl: v.optional(v.never()),
        autopilot: v.optional(v.never()),
      },
      section,
    ),
    v.transform(({ version, core, cb, tune, ctl, autopilot, ...modules }): DesiredState => {
      const { freeze_mode = null, replay = null } = core ?? {}
      const none = { recipe_path: null, adjust_path: null, policy: null, step_offset: null }
      return {
        core: core === null ? null : { freeze_mode, ...none, ...replay },
        handles: cb === null ? {} : { cb: cb.callbacks },
        switches: tune === null ? {} : { tune },
        modules,
      }
    }),
  ),
)
