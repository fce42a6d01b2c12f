import { oneLine } from './one-line.ts'

/** What reading outside data gives: the value, or one clear line saying what is wrong with it. */
export type Result<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: string }

export function ok<Value>(value: Value): { readonly ok: true; readonly value: Value } {
  return { ok: true, value }
}

/** A refusal. Its reason may quote what others wrote: it is made one line without control characters, of bounded length. */
export function refused(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason: oneLine(reason) }
}
