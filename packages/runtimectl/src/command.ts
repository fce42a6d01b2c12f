import { isObject, type Json, type JsonObject } from '@hotcb/protocol'
import { formatWire, quote } from './wire.ts'

/** One line of `commands.jsonl`. */
export interface QueueCommand {
  readonly id: string
  /** The time of the request, in epoch seconds. */
  readonly ts: number
  readonly op: string
  readonly path: string
  readonly args: readonly Json[]
  readonly kwargs: JsonObject
}

/** The request, without its author and time. */
export interface Enqueued {
  readonly args?: readonly Json[]
  readonly kwargs?: JsonObject
  /** @defaultValue `set`, the only op in runtimectl */
  readonly op?: string
}

/** A parsed line of the queue; not validated yet. */
export interface ReadCommand {
  /** The ID in the line; if there is none, an ID derived from the position and the bytes of the line. */
  readonly id: string | number
  readonly op: unknown
  readonly path: unknown
  readonly args: unknown
  readonly kwargs: unknown
  /** Why the line is not a command; null if it is one. */
  readonly trouble: string | null
}

/** Creates a command. @throws TypeError for an invalid command, or values that JSON cannot represent. */
export function createCommand(path: string, asked: Enqueued, id: string, ts: number): QueueCommand {
  const { args = [], kwargs = {}, op = 'set' } = asked
  if (typeof path !== 'string' || path === '')
    throw new TypeError(`\`path\` must be a non-empty string, got ${quote(path)}`)
  if (typeof op !== 'string') throw new TypeError(`\`op\` must be a string, got ${quote(op)}`)
  if (!Array.isArray(args)) throw new TypeError(`\`args\` must be a list, got ${quote(args)}`)
  if (!isObject(kwargs)) throw new TypeError(`\`kwargs\` must be an object, got ${quote(kwargs)}`)
  return { id, ts, op, path, args, kwargs }
}

/** Formats a command as a line, without the newline. */
export function formatQueueCommand({ id, ts, op, path, args, kwargs }: QueueCommand): string {
  return formatWire({ id, ts, op, path, args, kwargs })
}

/**
 * Reads one line of the queue, with runtimectl's defaults: a missing `op` is `set`, missing `args` and `kwargs` are
 * empty.
 *
 * @param offset The offset of the line in its file, in bytes.
 */
export function readCommand(value: unknown, text: string, offset: number): ReadCommand {
  if (!isObject(value)) return unreadable(text, offset, `a command must be a JSON object, got ${quote(value)}`)
  const { id, op = 'set', path = '', args = [], kwargs = {} } = value
  const isId = (typeof id === 'string' && id !== '') || (typeof id === 'number' && Number.isFinite(id))
  // The cast is safe because of `isId`.
  return { id: isId ? (id as string | number) : placeId(text, offset), op, path, args, kwargs, trouble: null }
}

/** Creates the stand-in for a line that is not a command. It is also answered, with the op `invalid`. */
export function unreadable(text: string, offset: number, trouble: string): ReadCommand {
  return { id: placeId(text, offset), op: 'invalid', path: '', args: [], kwargs: {}, trouble }
}

// Derives an ID, so that the same line at the same position is the same command, even after a restart.
function placeId(text: string, offset: number): string {
  return `o${offset}-${hash(text)}`
}

// Computes FNV-1a with 32 bits, once from each end. It does not need to protect against forgery, because a forger could write any ID.
function hash(text: string): string {
  let [forth, back] = [0x811c9dc5, 0x811c9dc5]
  for (let i = 0; i < text.length; i++) {
    forth = Math.imul(forth ^ text.charCodeAt(i), 0x01000193)
    back = Math.imul(back ^ text.charCodeAt(text.length - 1 - i), 0x01000193)
  }
  return [forth, back].map((part) => (part >>> 0).toString(16).padStart(8, '0')).join('')
}

/** Creates a random UUID, version 4. */
export function createId(random: () => number): string {
  const hex = (digits: number): string =>
    Math.floor(random() * 16 ** digits)
      .toString(16)
      .padStart(digits, '0')
  const variant = (8 + Math.floor(random() * 4)).toString(16)
  return `${hex(8)}-${hex(4)}-4${hex(3)}-${variant}${hex(3)}-${hex(8)}${hex(4)}`
}
