import type { Overlay, OverlayMatch, OverlayPatch, RecipeEntry } from '@hotcb/protocol'
import fc from 'fast-check'

const step = fc.integer({ min: 0, max: 12 })
const event = fc.constantFrom(null, 'train_step_end', 'val_epoch_end', 'a')
const key = fc.constantFrom('lr', 'wd', 'scheduler_scale', 'scheduler_drop', 'name')
const value = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(0, 0.5, 1, 2, -3) },
  { weight: 1, arbitrary: fc.constantFrom('fast', true, null, [1, 2], [0.5, 'x'], { a: 1 }) },
)
const params = fc.dictionary(key, value, { maxKeys: 3 })
const module = fc.constantFrom('opt', 'loss', 'cb', 'augment')
const op = fc.constantFrom('set_params', 'enable')
const id = fc.constantFrom('main', 'probe')

/** Recipe entries with few distinct values, so that conditions match some of them. */
export const entry: fc.Arbitrary<RecipeEntry> = fc
  .record({ step, event, call: fc.option(fc.nat({ max: 2 })), module, op, id, params: fc.option(params) })
  .map(({ step, event, call, module, op, id, params }) => ({
    at: { step, event, ...(call !== null && { call }) },
    module,
    op,
    id,
    ...(params !== null && { params }),
  }))

const match: fc.Arbitrary<OverlayMatch> = fc.record({
  module: rarely(module),
  op: rarely(op),
  id: rarely(id),
  at_event: rarely(fc.constantFrom('train_step_end', 'a')),
  at_step: rarely(step),
  step_min: rarely(step),
  step_max: rarely(step),
  has_param: rarely(key),
  nth: rarely(fc.nat({ max: 3 })),
})

const amounts = fc.dictionary(key, fc.constantFrom(0.5, 2, -1, 10), { maxKeys: 2 })

const patch: fc.Arbitrary<OverlayPatch> = fc.record({
  match,
  drop: fc.boolean(),
  replace_params: rarely(params),
  transform_params: rarely(fc.record({ scale: amounts, add: amounts })),
  shift_step: rarely(fc.integer({ min: -8, max: 8 })),
  insert: rarely(entry),
})

/** Overlays of up to five patches. */
export const overlay: fc.Arbitrary<Overlay> = fc
  .array(fc.tuple(patch, fc.nat({ max: 4 })), { maxLength: 5 })
  .map((patches) => ({ version: 1, patches: patches.map(([one, luck]) => ({ ...one, drop: one.drop && luck === 0 })) }))

function rarely<Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary })
}
