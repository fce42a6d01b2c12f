import type { CallbackTarget, FreezeState, JsonObject } from '@hotcb/protocol'
import type { SendOptions } from './send-flags.ts'

/** One command before it is sent: the sender adds cid, time and source. */
export interface CommandDraft {
  readonly module: string
  readonly op: string
  readonly id: string
  readonly params?: JsonObject
  readonly target?: CallbackTarget
  readonly init?: JsonObject
  readonly enabled?: boolean
  readonly mode?: string
}

/** The result of a line: commands, all to be sent with the same options. */
export interface CommandsRequest extends SendOptions {
  readonly kind: 'commands'
  readonly drafts: readonly CommandDraft[]
}

/** The result of a line: a freeze, which is a document and not a command, so that it works without a trainer. */
export interface FreezeRequest {
  readonly kind: 'freeze'
  readonly freeze: FreezeState
  /** How long to wait until the trainer has seen it, in seconds; 0 for no wait. Absent: not specified. */
  readonly waitS?: number
}

export type TypedRequest = CommandsRequest | FreezeRequest
