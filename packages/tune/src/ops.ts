import type { JsonObject, SubmittedOp } from '@hotcb/protocol'
import type { TAGS } from './words.ts'

type Tag = (typeof TAGS)[keyof typeof TAGS]

/** Saves a checkpoint of the tuner's own. */
export function saveOp(tag: Tag): SubmittedOp {
  return { module: 'core', op: 'checkpoint', params: { action: 'save', tag } }
}

/** Drops one. */
export function dropOp(tag: Tag): SubmittedOp {
  return { module: 'core', op: 'checkpoint', params: { action: 'drop', tag } }
}

/** Goes back to one, and sets params of a module with it: one decision. */
export function loadOp(tag: Tag, module: string, params: JsonObject, note: string): SubmittedOp {
  return { module: 'core', op: 'checkpoint', params: { action: 'load', tag, set: { [module]: params } }, note }
}

/** An op of the tuner itself: it changes nothing but what the tuner knows. */
export function ownOp(op: 'propose' | 'judge' | 'rescue', id: string, params: JsonObject): SubmittedOp {
  return { module: 'tune', op, id, params }
}
