import type { Json, JsonObject } from './json.ts'

/** Where code is loaded from: a file, a package, or (hotcb 2) a Python file. */
export interface CallbackTarget {
  readonly kind: 'file' | 'module' | 'python_file'
  readonly path: string
  readonly symbol: string
}

/** A request to one module: the part of a command that the freeze, the router and the history use. */
export interface Op {
  readonly module: string
  readonly op: string
  readonly id: string
  readonly params: JsonObject | null
  readonly target?: CallbackTarget | null
  readonly init?: JsonObject | null
  readonly enabled?: boolean | null
  readonly mode?: string | null
  readonly recipe_path?: string | null
  readonly adjust_path?: string | null
  readonly policy?: string | null
  readonly step_offset?: number | null
  readonly source_capture?: SourceCapture | null
}

/** The bytes of a callback exactly as they ran. */
export interface SourceCapture {
  readonly sha256: string
  readonly captured_path: string
}

/** When a command is due: at the first safe point of `step`, or at the first one whose events include `event`. */
export interface At {
  readonly step: number
  readonly event?: string | null
}

/** The last step (inclusive) or wall time (epoch seconds) at which a command may still be applied. */
export interface Expires {
  readonly step?: number | null
  readonly ts?: number | null
}

/** One line of a command stream: an op with its author and conditions. */
export interface Command extends Op {
  readonly cid: string | null
  readonly ts: number | null
  readonly source: string | null
  readonly author: string | null
  readonly at: At | null
  readonly expires: Expires | null
  readonly expect: Readonly<Record<string, Json>> | null
  readonly note: string | null
}

/** Sources that only a kernel may write; in a command they are replaced with `external`. */
const RESERVED_SOURCES = ['yaml', 'replay', 'history', 'kernel'] as const

/** Returns the source for the ledger line of a command. */
export function sourceOf(command: Pick<Command, 'source'>): string {
  const { source } = command
  if (source === null || source === '') return 'external'
  return (RESERVED_SOURCES as readonly string[]).includes(source) ? 'external' : source
}

/**
 * Creates a unique, sortable id for a new command: 9 characters of time, then 10 random ones, in base 32.
 *
 * @param nowMs Epoch milliseconds.
 * @param random Returns numbers in [0, 1).
 */
export function createCid(nowMs: number, random: () => number): string {
  let time = Math.floor(nowMs)
  let head = ''
  for (let i = 0; i < 9; i++) {
    head = ALPHABET.charAt(time % 32) + head
    time = Math.floor(time / 32)
  }
  let tail = ''
  for (let i = 0; i < 10; i++) tail += ALPHABET.charAt(Math.floor(random() * 32))
  return head + tail
}

// Crockford's base 32. Strings in it sort by time, and it has no letters that look alike.
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
