import { isObject, type Json, type JsonObject } from '@hotcb/protocol'

/** What of the queue a trainer's state holds: all commands acked before a place in the acks, and some after it. */
export interface Held {
  /** Bytes of `acks.jsonl`. */
  readonly acks: number
  /** Id of the last ack before that place: tells whether this is still the same file. */
  readonly last: string | null
  /** Ids of commands acked behind that place whose change is held nevertheless. */
  readonly ids: readonly string[]
  /** Acks that are on no disk yet: the full one, or the one of a command that is just being done. */
  readonly pending: readonly PendingAck[]
}

/** An ack as a line, with its newline, that still has to be written. */
export interface PendingAck {
  readonly id: string
  readonly line: string
}

/** Nothing is held: a trainer that starts from its first step. */
export const NOTHING: Held = { acks: 0, last: null, ids: [], pending: [] }

/** As JSON, for a checkpoint. */
export function formatHeld({ acks, last, ids, pending }: Held): JsonObject {
  return { acks, last, ids: [...ids], pending: pending.map(({ id, line }) => ({ id, line })) }
}

/** Reads a snapshot back. @throws TypeError when it is none. */
export function readHeld(snapshot: Json): Held {
  if (snapshot === null) return NOTHING
  const { acks, last, ids, pending } = isObject(snapshot) ? snapshot : {}
  if (
    typeof acks !== 'number' ||
    !(last === null || typeof last === 'string') ||
    !Array.isArray(ids) ||
    !Array.isArray(pending)
  ) {
    throw new TypeError('`snapshot` must be what `snapshot()` gave, or null where there is no checkpoint')
  }
  return { acks, last, ids: ids.map(String), pending: pending.flatMap(readPending) }
}

function readPending(value: unknown): readonly PendingAck[] {
  if (!isObject(value) || typeof value['id'] !== 'string' || typeof value['line'] !== 'string') return []
  return [{ id: value['id'], line: value['line'] }]
}
