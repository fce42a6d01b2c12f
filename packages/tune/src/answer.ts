import type { JsonObject } from '@hotcb/protocol'
import type { Mutation } from './story.ts'
import { cidOf } from './words.ts'

/** The command of a suggested change. Who sends it accepts the change. */
export interface AcceptCommand {
  readonly module: string
  readonly op: 'set_params'
  readonly params: JsonObject
  /** The value that the tuner saw: the change is not made from another one. */
  readonly expect: JsonObject
  readonly cid: string
}

/** The command that accepts a suggestion. */
export function acceptCommand({ id, module, key, from, to }: Mutation): AcceptCommand {
  return { module, op: 'set_params', params: { [key]: to }, expect: { [key]: from }, cid: cidOf(id) }
}

/** The command of a person who rejects a suggestion. */
export interface RejectCommand {
  readonly module: 'tune'
  readonly op: 'reject'
  readonly params: JsonObject
}

/** The command that rejects a suggestion. */
export function rejectCommand({ id }: Mutation): RejectCommand {
  return { module: 'tune', op: 'reject', params: { m: id } }
}
