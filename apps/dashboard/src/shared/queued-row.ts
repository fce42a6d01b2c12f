import type { JsonObject } from '@hotcb/protocol'

/** A command that has not been decided yet. */
export interface QueuedRow {
  readonly cid: string
  /** The kernel has read it and holds it for its step. Otherwise no trainer has read it. */
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
  /** The step that it is for; null for the first safe point. */
  readonly at: { readonly step: number; readonly event: string | null } | null
}
