import { oneLine } from '@hotcb/protocol'
import type { ReadCommand } from './command.ts'
import type { Call } from './control.ts'
import { formatWire, wireOrNull } from './wire.ts'

/** The outcome of a command. */
export type AckStatus = 'applied' | 'rejected' | 'failed'

/** One line of `acks.jsonl`. */
export interface Ack {
  readonly id: string | number
  /** When it was executed, in epoch seconds. */
  readonly ts: number
  readonly path: string
  readonly op: string
  readonly status: AckStatus
  /** The arguments that the function was called with, if the command was applied. */
  readonly args?: readonly unknown[]
  readonly kwargs?: Readonly<Record<string, unknown>>
  /** The reason for a failure. */
  readonly error?: string
  /** Ranks on which it failed, unless it failed identically on all. */
  readonly ranks?: readonly number[]
  /** Additional information. */
  readonly note?: string
}

/** The result of executing a command. */
export type CallResult =
  | { readonly status: 'applied'; readonly call: Call }
  | { readonly status: 'rejected' | 'failed'; readonly error: string; readonly ranks?: readonly number[] }

/** Creates the ack for a command. */
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
 * Formats an ack as a line. If JSON cannot represent the validator's result, the line has the command's own arguments
 * and a note. Never throws.
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

/** The note in an ack that does not contain the validator's result. */
export const OWN_ARGUMENTS =
  'these are the requested arguments: JSON cannot represent the arguments that the function was called with'
const TOO_LONG = 'an ack cannot contain the arguments'
// The maximum length in characters. Readers skip lines over 16 MiB, and a character takes at most four bytes.
const MAX_LENGTH = 4 * 1024 * 1024 - 1024

function lineOrNull(value: unknown): string | null {
  const text = wireOrNull(value)
  return text === null || text.length > MAX_LENGTH ? null : text
}

function cut(text: string): string {
  return text.length > 10_000 ? `${text.slice(0, 10_000)}…` : text
}

/** Converts any value to a string, for a field that must be a string. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (wireOrNull(value) ?? typeof value)
}
