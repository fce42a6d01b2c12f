import { record } from '@hotcb/protocol/schemas'
import * as v from 'valibot'

type Schema = v.GenericSchema

/** The text of a recipe or an overlay. `stamp` is that of the version that it replaces; null for a new file. */
export const RecipeTextBody: Schema = v.strictObject({
  text: v.pipe(v.string(), v.maxLength(4_000_000)),
  stamp: v.nullable(v.pipe(v.string(), v.maxLength(200))),
})

export const RunRecipeSchema: Schema = v.object({
  text: v.string(),
  notes: v.array(v.string()),
  starts: record(v.string(), v.number()),
})

export const RecipeFilesSchema: Schema = v.object({
  files: v.array(v.object({ file: v.string(), kind: v.string(), stamp: v.string(), size: v.number() })),
})

export const RecipeFileSchema: Schema = v.object({ file: v.string(), text: v.string(), stamp: v.string() })
