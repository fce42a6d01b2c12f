import { oneLine } from './one-line.ts'

/** The result of reading outside data: the value, or one clear line that states the problem. */
export type Result<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: string }

export function ok<Value>(value: Value): { readonly ok: true; readonly value: Value } {
  return { ok: true, value }
}

/**
 * A refusal. Its reason may quote text from others, so it is converted to one line of bounded length without control
 * characters.
 */
export function refused(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason: oneLine(reason) }
}
