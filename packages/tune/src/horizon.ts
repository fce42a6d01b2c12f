import { ok, type Result, refused, show } from '@hotcb/protocol'

/** When a point ends, so that there is a new value to judge by. */
export type Horizon =
  | { readonly kind: 'validation'; readonly every: number }
  | { readonly kind: 'steps'; readonly every: number }

/** Events that end a validation. */
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
