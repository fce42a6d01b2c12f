import { oneLine } from '@hotcb/protocol'
import type { ReadCommand } from './command.ts'
import type { Call } from './control.ts'
import { formatWire, wireOrNull } from './wire.ts'

/** What became of a command. */
export type AckStatus = 'applied' | 'rejected' | 'failed'

/** One line of `acks.jsonl`. */
export interface Ack {
  readonly id: string | number
  /** Epoch seconds at which it was done. */
  readonly ts: number
  readonly path: string
  readonly op: string
  readonly status: AckStatus
  /** The arguments it was called with, where it was applied. */
  readonly args?: readonly unknown[]
  readonly kwargs?: Readonly<Record<string, unknown>>
  /** Why not. */
  readonly error?: string
  /** Ranks on which it failed, where it did not fail on all alike. */
  readonly ranks?: readonly number[]
  /** What else is to be known. */
  readonly note?: string
}

/** What doing a command gave. */
export type CallResult =
  | { readonly status: 'applied'; readonly call: Call }
  | { readonly status: 'rejected' | 'failed'; readonly error: string; readonly ranks?: readonly number[] }

/** The ack of a command. */
export function createAck(command: ReadCommand, ts: number, result: CallResult): Ack {
  const { id } = command
  const path = textOf(command.path)
  const op = textOf(command.op)
  if (result.status === 'applied') {
    const { args, kwargs } = result.call
    return { id, ts, path, op, status: 'applied', args, kwargs }
  }
  const { status, ranks } = result
  const error = oneLine(result.error)
  return ranks === undefined ? { id, ts, path, op, status, error } : { id, ts, path, op, status, error, ranks }
}

/**
 * An ack as its line. Where JSON cannot carry what the validator gave, the command's own arguments stand there, and a
 * note says so. Never throws.
 */
export function formatAck(ack: Ack, command: ReadCommand): string {
  const text = lineOrNull(ack)
  if (text !== null) return `${text}\n`
  const { id, ts, path, op, status, ranks, error } = ack
  const head = { id, ts, path: cut(path), op: cut(op), status, ranks }
  if (error !== undefined) return `${formatWire({ ...head, error: cut(error) })}\n`
  const { args, kwargs } = command
  const own = lineOrNull({ ...head, args, kwargs, note: OWN_ARGUMENTS })
  return `${own ?? formatWire({ ...head, args: [], kwargs: {}, note: TOO_LONG })}\n`
}

/** The note of an ack that does not hold what its validator gave. */
export const OWN_ARGUMENTS = 'these are the arguments as asked for: an ack cannot carry those it was called with'
const TOO_LONG = 'an ack cannot carry the arguments'
// Readers pass over lines of 16 MiB; four bytes are the most that a character takes.
const MAX_LENGTH = 4 * 1024 * 1024 - 1024

function lineOrNull(value: unknown): string | null {
  const text = wireOrNull(value)
  return text === null || text.length > MAX_LENGTH ? null : text
}

function cut(text: string): string {
  return text.length > 10_000 ? `${text.slice(0, 10_000)}…` : text
}

/** What stands for a text in a line, as a text: whatever it is. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (wireOrNull(value) ?? typeof value)
}
