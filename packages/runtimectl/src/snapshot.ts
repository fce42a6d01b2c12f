import { isObject, type Json, type JsonObject } from '@hotcb/protocol'

/**
 * The part of the queue that a trainer's state contains: all commands that were acked before a position in the acks file, and some after
 * it.
 */
export interface Held {
  /** The position: a byte offset in `acks.jsonl`. */
  readonly acks: number
  /** The ID of the last ack before that position, which shows whether this is still the same file. */
  readonly last: string | null
  /** The IDs of commands that were acked after that position, but whose changes are included. */
  readonly ids: readonly string[]
  /** Acks that are not on disk yet, because the disk is full or the command is still being executed. */
  readonly pending: readonly PendingAck[]
}

/** An unwritten ack as a line, including the newline. */
export interface PendingAck {
  readonly id: string
  readonly line: string
}

/** The content of the state of a trainer that starts from its first step: no commands from the queue. */
export const NOTHING: Held = { acks: 0, last: null, ids: [], pending: [] }

/** Formats the content as JSON, for a checkpoint. */
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
