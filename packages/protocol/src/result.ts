import { oneLine } from './one-line.ts'

/** The result of reading external data: the value, or one line that states the problem. */
export type Result<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: string }

export function ok<Value>(value: Value): { readonly ok: true; readonly value: Value } {
  return { ok: true, value }
}

/**
 * Creates a failed result. The reason may quote external text, so it is converted to one line of bounded length without
 * control characters.
 */
export function refused(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason: oneLine(reason) }
}
