import { isObject, type Json, type JsonObject } from '@hotcb/protocol'

/**
 * The part of the queue that a trainer's state contains: all commands acked before a place in the acks, and some after
 * it.
 */
export interface Held {
  /** Bytes of `acks.jsonl`. */
  readonly acks: number
  /** Id of the last ack before that place: shows whether this is still the same file. */
  readonly last: string | null
  /** Ids of commands acked after that place whose change is nevertheless included. */
  readonly ids: readonly string[]
  /** Acks that are not on disk yet: because the disk is full, or because the command is just being executed. */
  readonly pending: readonly PendingAck[]
}

/** An unwritten ack as a line, with its newline. */
export interface PendingAck {
  readonly id: string
  readonly line: string
}

/** Contains nothing: a trainer that starts from its first step. */
export const NOTHING: Held = { acks: 0, last: null, ids: [], pending: [] }

/** As JSON, for a checkpoint. */
export function formatHeld({ acks, last, ids, pending }: Held): JsonObject {
  return { acks, last, ids: [...ids], pending: pending.map(({ id, line }) => ({ id, line })) }
}

/** Parses a snapshot. @throws TypeError when it is invalid. */
export function readHeld(snapshot: Json): Held {
  if (snapshot === null) return NOTHING
  const { acks, last, ids, pending } = isObject(snapshot) ? snapshot : {}
  if (
    typeof acks !== 'number' ||
    !(last === null || typeof last === 'string') ||
    !Array.isArray(ids) ||
    !Array.isArray(pending)
  ) {
    throw new TypeError('`snapshot` must be the result of `snapshot()`, or null if there is no checkpoint')
  }
  return { acks, last, ids: ids.map(String), pending: pending.flatMap(readPending) }
}

function readPending(value: unknown): readonly PendingAck[] {
  if (!isObject(value) || typeof value['id'] !== 'string' || typeof value['line'] !== 'string') return []
  return [{ id: value['id'], line: value['line'] }]
}
