import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { openAppender, openTail, type Tail } from '@hotcb/journal'
import { isObject, type JsonObject, messageOf, parseJson } from '@hotcb/protocol'
import type { NanoUsd } from '../money.ts'
import { type Caps, createSpendingFold, type Reservation, type SpendingFold, type SpendingTotals } from '../spending.ts'

/** The outcome of a reservation. `trouble`: the file cannot be written or read, so nothing may be spent. */
export type Reserved =
  | { readonly kind: 'reserved'; readonly id: string }
  | { readonly kind: 'refused'; readonly cap: keyof Caps }
  | { readonly kind: 'trouble'; readonly message: string }

/** The file in which all of a user's processes record what models cost. */
export interface Spending {
  /**
   * Reserves the maximum cost of a call or an action. The reservation counts until it is settled, even if this process
   * is killed.
   */
  reserve(asked: Omit<Reservation, 'id' | 'ts' | 'run'>, caps: Caps): Reserved
  /** Replaces a reservation with the amount that was actually used. */
  settle(id: string, used: { readonly nano: NanoUsd; readonly tokens: number }): void
  totals(): SpendingTotals
}

export interface SpendingOptions {
  /** The path of the file. Its directory is created at the first reservation. */
  readonly path: string
  /** The run that costs are charged to. */
  readonly run: string
  /** Epoch milliseconds. Default: the system's clock. */
  readonly nowMs?: (() => number) | undefined
}

/**
 * Opens the file. A reservation is appended before it is judged, and every process judges reservations in file order.
 * Processes that reserve at the same time therefore agree on which of them exceeded a cap. The reservation of a killed
 * process remains and counts.
 */
export function openSpending({ path, run, nowMs = Date.now }: SpendingOptions): Spending {
  const readFold = foldReader(path)
  return {
    reserve(asked, caps) {
      const id = randomUUID()
      try {
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
        append(path, { kind: 'reserve', id, run, ts: nowMs() / 1000, ...asked, caps: { ...caps } })
        const cap = readFold().verdict(id)
        if (cap === undefined) return { kind: 'trouble', message: `\`${path}\` lacks what was just written to it` }
        return cap === null ? { kind: 'reserved', id } : { kind: 'refused', cap }
      } catch (error) {
        return { kind: 'trouble', message: messageOf(error) }
      }
    },
    settle(id, { nano, tokens }) {
      try {
        append(path, { kind: 'settle', id, nano, tokens })
      } catch {
        // The reservation remains, so the recorded amount may be more than was spent, but never less.
      }
    },
    totals: () => readFold().totals(run, nowMs() / 1000),
  }
}

/** Appends a line. @throws Error if the line is not in the file afterwards. */
function append(path: string, line: JsonObject): void {
  const appender = openAppender(path)
  try {
    const trouble = appender.append(`${JSON.stringify(line)}\n`) ?? appender.sync()
    if (trouble !== null) throw new Error(trouble.message)
  } finally {
    appender.close()
  }
}

/** Reads the whole file once, and after that only the lines that were added. */
function foldReader(path: string): () => SpendingFold {
  let fold = createSpendingFold()
  let tail: Tail | undefined
  return () => {
    // With `network` the file is closed after each check, because no caller closes a spending file.
    tail ??= openTail(path, { network: true, nulWaitMs: 0 })
    for (let isEnd = false; !isEnd; ) {
      const { lines, reset, more, failure } = tail.read()
      if (failure !== null) throw new Error(failure.message)
      if (reset !== null) fold = createSpendingFold()
      for (const { text } of lines) take(fold, text)
      isEnd = !more && lines.length === 0 && reset === null
    }
    return fold
  }
}

function take(fold: SpendingFold, text: string): void {
  const parsed = parseJson(text)
  // The output of a JSON parser is JSON.
  if (parsed.ok && isObject(parsed.value)) fold.take(parsed.value as JsonObject)
}
