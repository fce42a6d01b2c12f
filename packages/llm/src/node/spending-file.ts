import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { openAppender, openTail, type Tail } from '@hotcb/journal'
import { isObject, type JsonObject, messageOf, parseJson } from '@hotcb/protocol'
import type { NanoUsd } from '../money.ts'
import { type Caps, createSpendingFold, type Reservation, type SpendingFold, type SpendingTotals } from '../spending.ts'

/** What happened to a reservation. `trouble`: the document cannot be written or read, so nothing may be spent. */
export type Reserved =
  | { readonly kind: 'reserved'; readonly id: string }
  | { readonly kind: 'refused'; readonly cap: keyof Caps }
  | { readonly kind: 'trouble'; readonly message: string }

/** The one document in which all processes of a user write down what models cost. */
export interface Spending {
  /** Reserves what a call or an action may cost at most. The reservation lasts until it is settled, even if this process is killed. */
  reserve(asked: Omit<Reservation, 'id' | 'ts' | 'run'>, caps: Caps): Reserved
  /** Puts what was really used in the place of a reservation. */
  settle(id: string, used: { readonly nano: NanoUsd; readonly tokens: number }): void
  totals(): SpendingTotals
}

export interface SpendingOptions {
  /** The file; its directory is made when something is reserved. */
  readonly path: string
  /** The run on whose account it goes. */
  readonly run: string
  /** Epoch milliseconds. Default: the system's clock. */
  readonly nowMs?: (() => number) | undefined
}

/**
 * Opens the document. A reservation is appended before it is judged, and each judges by the order of the file: of processes that
 * reserve at the same time, all agree on which of them went over a cap. A process that is killed leaves its reservation, which counts.
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
        // The reservation remains: more is counted than was spent, never less.
      }
    },
    totals: () => readFold().totals(run, nowMs() / 1000),
  }
}

/** @throws Error where the line is not in the file. */
function append(path: string, line: JsonObject): void {
  const appender = openAppender(path)
  try {
    const trouble = appender.append(`${JSON.stringify(line)}\n`) ?? appender.sync()
    if (trouble !== null) throw new Error(trouble.message)
  } finally {
    appender.close()
  }
}

/** Reads the whole document once, and later only what was added. */
function foldReader(path: string): () => SpendingFold {
  let fold = createSpendingFold()
  let tail: Tail | undefined
  return () => {
    // As on a network, the file is closed after each look: nobody closes a document of spending.
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
  // It was JSON.
  if (parsed.ok && isObject(parsed.value)) fold.take(parsed.value as JsonObject)
}
