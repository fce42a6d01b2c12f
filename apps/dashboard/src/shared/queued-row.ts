import type { JsonObject } from '@hotcb/protocol'

/** A command that the kernel has not applied or refused yet. */
export interface QueuedRow {
  readonly cid: string
  /** Whether the kernel has read the command and is keeping it for its step. Otherwise, no trainer has read it. */
  readonly held: boolean
  /** The command; null if the command file no longer contains it. */
  readonly command: {
    readonly module: string
    readonly op: string
    readonly id: string
    readonly params: JsonObject | null
    readonly author: string | null
    readonly source: string | null
  } | null
  /** The step at which it applies; null for the next safe point. */
  readonly at: { readonly step: number; readonly event: string | null } | null
}
