import type { At, CallbackTarget, Expires, FreezeMode, JsonObject, ReplayPolicy } from '@hotcb/protocol'

/** A command as a page sends it. The server adds cid, time and source. */
export interface CommandDraft {
  readonly module: string
  readonly op: string
  readonly id?: string
  readonly params?: JsonObject
  readonly target?: CallbackTarget
  readonly init?: JsonObject
  readonly enabled?: boolean
  readonly mode?: string
  readonly at?: At
  readonly expires?: Expires
  readonly expect?: JsonObject
  readonly note?: string
  /** The author, for the ledger. */
  readonly author?: string
}

/** The new content of the freeze document. */
export interface FreezeDraft {
  readonly mode: FreezeMode
  readonly recipe_path?: string
  readonly adjust_path?: string
  readonly policy?: ReplayPolicy
  readonly step_offset?: number
  /** The author, for the ledger. */
  readonly author?: string
}
