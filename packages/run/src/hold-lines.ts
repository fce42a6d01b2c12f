import { isObject, type JsonObject } from '@hotcb/protocol'

/** The holder of a log: the process that may write to it. Only one process at a time may do so. */
export interface Holder {
  /** The number of this start. The start with the highest number owns the log. */
  readonly n: number
  /** Identifies this start uniquely. */
  readonly token: string
  readonly host: string | null
  readonly pid: number | null
  /** The result of `processStart`. Together with `pid` and `host` it identifies one process. */
  readonly start: string | null
  /** A human-readable description, such as `notifier`. */
  readonly engine: string
}

/**
 * The kind of line in a log that one process holds. A `void` line was written by a holder that had already been
 * replaced; readers skip it.
 */
export type HoldLineKind = 'begin' | 'end' | 'line' | 'void'

/** Reads a log that has holders, line by line, in file order. */
export interface HoldFold {
  /** The holder of the log after the lines so far; undefined before the first `begin`. */
  readonly holder: Holder | undefined
  /** Whether that holder has closed the log. */
  readonly hasEnded: boolean
  /** Whether two starts used the same number at the same time. */
  readonly isContended: boolean
  take(line: JsonObject): HoldLineKind
}

/** Creates an empty fold over the lines of a log. */
export function createHoldFold(): HoldFold {
  let holder: Holder | undefined
  let hasEnded = false
  let isContended = false
  const begin = (next: Holder): HoldLineKind => {
    if (holder !== undefined && next.n < holder.n) return 'void'
    // A holder that is not permitted to set the file's modification time repeats its own `begin` line instead.
    if (holder?.token === next.token && holder.n === next.n) return 'begin'
    isContended = holder?.n === next.n
    hasEnded = false
    holder = next
    return 'begin'
  }
  return {
    get holder() {
      return holder
    },
    get hasEnded() {
      return hasEnded
    },
    get isContended() {
      return isContended
    },
    take(line) {
      const n = countOf(line['n'])
      const { kind } = line
      if (kind === 'begin') {
        const next = readHolder(n, line['data'])
        return next === undefined ? 'void' : begin(next)
      }
      if (n !== undefined && holder !== undefined && n < holder.n) return 'void'
      if (kind !== 'end') return 'line'
      if (n !== holder?.n || !isObject(line['data']) || line['data']['token'] !== holder?.token) return 'void'
      hasEnded = true
      return 'end'
    },
  }
}

/** Returns the line with which a process takes over the log when it starts. */
export function beginLine(holder: Holder, ts: number, fields: JsonObject = {}): JsonObject {
  const { n, token, host, pid, start, engine } = holder
  return { ...fields, kind: 'begin', ts, data: { token, host, pid, start, engine }, n }
}

/** Returns the line with which a holder releases the log. */
export function endLine({ n, token }: Holder, ts: number, fields: JsonObject = {}): JsonObject {
  return { ...fields, kind: 'end', ts, data: { token }, n }
}

/** Formats a holder: `notifier (process 4711 on gpu-3)`. */
export function showHolder({ engine, pid, host }: Holder): string {
  const where = host === null ? '' : ` on ${host}`
  return pid === null ? `${engine}${where}` : `${engine} (process ${pid}${where})`
}

function readHolder(n: number | undefined, data: unknown): Holder | undefined {
  if (n === undefined || !isObject(data)) return undefined
  const { token, host, pid, start, engine } = data
  if (typeof token !== 'string') return undefined
  return {
    n,
    token,
    host: typeof host === 'string' ? host : null,
    pid: countOf(pid) ?? null,
    start: typeof start === 'string' ? start : null,
    engine: typeof engine === 'string' ? engine : 'a program',
  }
}

function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}
