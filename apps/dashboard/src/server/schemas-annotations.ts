import * as v from 'valibot'

type Schema = v.GenericSchema

/** An annotation: text at a step. */
export const AnnotationBody: Schema = v.strictObject({
  step: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  text: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(1000)),
  value: v.nullish(v.pipe(v.number(), v.finite())),
  metric: v.nullish(v.pipe(v.string(), v.minLength(1), v.maxLength(1000))),
  author: v.nullish(v.pipe(v.string(), v.maxLength(128))),
})

/** An annotation to delete. */
export const AnnotationDeletion: Schema = v.strictObject({ id: v.pipe(v.string(), v.minLength(1), v.maxLength(100)) })

export const AnnotationsSchema: Schema = v.object({
  annotations: v.array(
    v.object({
      id: v.string(),
      step: v.number(),
      value: v.nullable(v.number()),
      metric: v.nullable(v.string()),
      text: v.string(),
      author: v.nullable(v.string()),
      ts: v.number(),
    }),
  ),
  problem: v.nullable(v.string()),
})
