import type { JsonObject, SubmittedOp } from '@hotcb/protocol'
import type { TAGS } from './words.ts'

type Tag = (typeof TAGS)[keyof typeof TAGS]

/** Returns the op that saves a checkpoint for the tuner. */
export function saveOp(tag: Tag): SubmittedOp {
  return { module: 'core', op: 'checkpoint', params: { action: 'save', tag } }
}

/** Returns the op that deletes such a checkpoint. */
export function dropOp(tag: Tag): SubmittedOp {
  return { module: 'core', op: 'checkpoint', params: { action: 'drop', tag } }
}

/** Returns the op that loads such a checkpoint and sets a module's params in the same decision. */
export function loadOp(tag: Tag, module: string, params: JsonObject, note: string): SubmittedOp {
  return { module: 'core', op: 'checkpoint', params: { action: 'load', tag, set: { [module]: params } }, note }
}

/** Returns one of the tuner's own ops, which change only the tuner's history. */
export function ownOp(op: 'propose' | 'judge' | 'rescue', id: string, params: JsonObject): SubmittedOp {
  return { module: 'tune', op, id, params }
}
