import * as v from 'valibot'

type Schema = v.GenericSchema

const author: Schema = v.nullish(v.pipe(v.string(), v.minLength(1), v.maxLength(128)))
const positive: Schema = v.nullish(
  v.pipe(
    v.number(),
    v.finite(),
    v.check((value) => value > 0, 'expected a number > 0'),
  ),
)

// Only numbers, because the program itself comes from the launcher's own list.
const values: Record<'max_steps' | 'max_time' | 'step_delay', Schema> = {
  max_steps: v.nullish(v.pipe(v.number(), v.safeInteger(), v.minValue(1))),
  max_time: positive,
  step_delay: v.nullish(v.pipe(v.number(), v.finite(), v.minValue(0))),
}

/** The training run to start: an `id` from `GET /api/launcher`. */
export const StartBody: Schema = v.strictObject({
  config: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
  seed: v.nullish(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
  ...values,
  author,
})

export const ResumeBody: Schema = v.strictObject({ ...values, author })

/** `now`: if the training run has already been asked to stop, it gets the next signal immediately. */
export const StopBody: Schema = v.strictObject({ now: v.nullish(v.boolean()) })

/** The checkpoint from which to start a new run. */
export const BranchBody: Schema = v.strictObject({
  tag: v.pipe(v.string(), v.minLength(1), v.maxLength(256)),
  /** Arguments for `hotcb set`, such as `lr=0.01`. */
  set: v.nullish(v.pipe(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(4096))), v.maxLength(100))),
  ...values,
  author,
})
