import type { JsonObject } from '@hotcb/protocol'
import type { Mutation } from './story.ts'
import { cidOf } from './words.ts'

/** The command for a suggested change. Sending it accepts the change. */
export interface AcceptCommand {
  readonly module: string
  readonly op: 'set_params'
  readonly params: JsonObject
  /** The value that the tuner saw. The change is made only from this value. */
  readonly expect: JsonObject
  readonly cid: string
}

/** Returns the command that accepts a suggestion. */
export function acceptCommand({ id, module, key, from, to }: Mutation): AcceptCommand {
  return { module, op: 'set_params', params: { [key]: to }, expect: { [key]: from }, cid: cidOf(id) }
}

/** The command that rejects a suggestion on a person's behalf. */
export interface RejectCommand {
  readonly module: 'tune'
  readonly op: 'reject'
  readonly params: JsonObject
}

/** Returns the command that rejects a suggestion. */
export function rejectCommand({ id }: Mutation): RejectCommand {
  return { module: 'tune', op: 'reject', params: { m: id } }
}
