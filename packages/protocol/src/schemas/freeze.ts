import * as v from 'valibot'
import { FREEZE_MODES, type FreezeState, REPLAY_POLICIES } from '../freeze.ts'
import { orNull, pinned, plain, type SchemaOf, text, whole } from './words.ts'

/** The document `hotcb.freeze.json`. */
export const FreezeSchema: SchemaOf<FreezeState> = pinned<FreezeState>()(
  plain({
    mode: v.picklist(FREEZE_MODES),
    recipe_path: orNull(text),
    adjust_path: orNull(text),
    policy: v.nullish(v.picklist(REPLAY_POLICIES), 'best_effort'),
    step_offset: v.nullish(whole, 0),
    author: v.nullish(text),
  }),
)
