import { type Channel, type Command, type Op, type SubmittedOp, sourceOf } from '@hotcb/protocol'
import type { HistoryEntry } from '@hotcb/recipe'

/** When a command is due, and the conditions under which it may be applied. */
export type Conditions = Pick<Command, 'at' | 'expires' | 'expect'>

/**
 * A request, from any source, to apply one op. The kernel decides on it: it applies or rejects the op, and writes the
 * ledger line.
 */
export interface Ask {
  readonly op: Op
  readonly channel: Channel
  /** The source that is recorded in the ledger. */
  readonly source: string
  readonly cid: string | null
  readonly writer: string | null
  readonly offset: number | null
  readonly author: string | null
  readonly notes: string | null
  /** The event at which it was due; null if it was due at the beginning of the safe point. */
  readonly event: string | null
  /** The conditions of its command, or of the module's request. */
  readonly command: Conditions | null
  /** The history entry that this ask repeats; null if it repeats none. */
  readonly of: HistoryEntry | null
  /** The seq of the line that this ask reverts; null if it reverts none. */
  readonly reverts: number | null
}

/** Creates an ask that has only a channel and a source; `more` overrides the other fields. */
export function askFor(op: Op, channel: Channel, source: string, more: Partial<Ask> = {}): Ask {
  return {
    op,
    channel,
    source,
    cid: null,
    writer: null,
    offset: null,
    author: null,
    notes: null,
    event: null,
    command: null,
    of: null,
    reverts: null,
    ...more,
  }
}

/**
 * Creates the ask for a command. All fields are written out for speed, because a backlog may contain a hundred thousand
 * commands.
 */
export function askOf(command: Command, cid: string, writer: string | null, offset: number): Ask {
  return {
    op: command,
    channel: 'live',
    source: sourceOf(command),
    cid,
    writer,
    offset,
    author: command.author,
    notes: command.note,
    event: null,
    command,
    of: null,
    reverts: null,
  }
}

/** Joins the notes for a ledger line; null if there are none. */
export function joinNotes(...notes: readonly (string | null | undefined)[]): string | null {
  const said = notes.filter((note) => note !== null && note !== undefined && note !== '')
  return said.length > 0 ? said.join('; ') : null
}

/** Creates the ask for an op that a module or the trainer submits. `source` is used if the op has none. */
export function askOfSubmitted(asked: SubmittedOp, cid: string, by: string, channel: Channel): Ask {
  const { source = by, note = null, author = null, expect = null, expires = null } = asked
  const command = expect === null && expires === null ? null : { at: null, expect, expires }
  return askFor(opOf(asked), channel, source, { notes: note, author, cid, command })
}

function opOf(asked: SubmittedOp): Op {
  const { module, op, id = 'main', params = null, target = null, init = null, enabled = null } = asked
  return { module, op, id, params, target, init, enabled }
}

/** Whether the ask requests a checkpoint save. */
export function isSave({ op }: Ask): boolean {
  return op.module === 'core' && op.op === 'checkpoint' && (op.params?.action ?? 'save') === 'save'
}
