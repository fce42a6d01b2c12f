import type { CallbackTarget, FreezeState, JsonObject } from '@hotcb/protocol'
import type { SendOptions } from './send-flags.ts'

/** A command before it is sent. The sender adds the cid, the time and the source. */
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

/** The result of a line that requests commands. All of them are sent with the same options. */
export interface CommandsRequest extends SendOptions {
  readonly kind: 'commands'
  readonly drafts: readonly CommandDraft[]
}

/**
 * The result of a line that requests a freeze. A freeze is a document, not a command, so that it works without a trainer.
 */
export interface FreezeRequest {
  readonly kind: 'freeze'
  readonly freeze: FreezeState
  /** How long to wait for the trainer to read it, in seconds; 0 for no wait. Absent: not specified. */
  readonly waitS?: number
}

export type TypedRequest = CommandsRequest | FreezeRequest
