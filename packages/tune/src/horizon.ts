import { ok, type Result, refused, show } from '@hotcb/protocol'

/** When a point ends, that is, when there is a new value by which changes can be judged. */
export type Horizon =
  | { readonly kind: 'validation'; readonly every: number }
  | { readonly kind: 'steps'; readonly every: number }

/** Events that end a validation run. */
export const VALIDATION_EVENTS: readonly string[] = ['val_epoch_end', 'eval_end']

/** Reads `next_val_epoch_end`, `2 epochs` or `500 steps`. */
export function readHorizon(text: string): Result<Horizon> {
  if (text === 'next_val_epoch_end') return ok({ kind: 'validation', every: 1 })
  const [, digits, unit] = /^([1-9]\d{0,8})[ _](steps?|epochs?)$/.exec(text) ?? []
  if (digits === undefined || unit === undefined) {
    return refused(`must be next_val_epoch_end, \`500 steps\` or \`2 epochs\`, got ${show(text)}`)
  }
  return ok({ kind: unit.startsWith('step') ? 'steps' : 'validation', every: Number(digits) })
}
