import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { openAppender, readLines } from '@hotcb/journal'
import { isObject, type JsonObject, messageOf, parseJson } from '@hotcb/protocol'
import type { NanoUsd } from '../money.ts'
import { type Caps, createSpendingFold, type Reservation, type SpendingFold, type SpendingTotals } from '../spending.ts'

/** What happened to a reservation. `trouble`: the document cannot be written or read, so nothing may be spent. */
export type Reserved =
  | { readonly kind: 'stands'; readonly id: string }
  | { readonly kind: 'refused'; readonly cap: keyof Caps }
  | { readonly kind: 'trouble'; readonly message: string }

/** The one document in which all processes of a user write down what models cost. */
export interface Spending {
  /** Reserves what a call or an action may cost at most. It stands until it is settled, also when this process is killed. */
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
  return {
    reserve(asked, caps) {
      const id = randomUUID()
      try {
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
        append(path, { kind: 'reserve', id, run, ts: nowMs() / 1000, ...asked, caps: { ...caps } })
        const cap = foldOf(path).verdict(id)
        if (cap === undefined) return { kind: 'trouble', message: `\`${path}\` lacks what was just written to it` }
        return cap === null ? { kind: 'stands', id } : { kind: 'refused', cap }
      } catch (error) {
        return { kind: 'trouble', message: messageOf(error) }
      }
    },
    settle(id, { nano, tokens }) {
      try {
        append(path, { kind: 'settle', id, nano, tokens })
      } catch {
        // The reservation stands: more is counted than was spent, never less.
      }
    },
    totals: () => foldOf(path).totals(run, nowMs() / 1000),
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

function foldOf(path: string): SpendingFold {
  const fold = createSpendingFold()
  for (const { text } of readLines(path)) {
    const parsed = parseJson(text)
    // JSON all the way down.
    if (parsed.ok && isObject(parsed.value)) fold.take(parsed.value as JsonObject)
  }
  return fold
}
