import { isObject, type JsonObject } from '@hotcb/protocol'
import type { NanoUsd } from './money.ts'

/** The limits for a run, and for all of a user's runs per day. Null means no limit. */
export interface Caps {
  readonly nano: NanoUsd | null
  /** The limit for all runs together, per UTC day. */
  readonly nanoPerDay: NanoUsd | null
  readonly tokens: number | null
  readonly calls: number | null
  readonly actions: number | null
  /** The limit in minutes from the first call of the run. */
  readonly minutes: number | null
}

export const NO_CAPS: Caps = { nano: null, nanoPerDay: null, tokens: null, calls: null, actions: null, minutes: null }

/** A reservation before a call, or before an action. */
export interface Reservation {
  readonly id: string
  /** The run that it is charged to. */
  readonly run: string
  /** Epoch seconds. */
  readonly ts: number
  readonly nano: NanoUsd
  readonly tokens: number
  readonly calls: number
  readonly actions: number
}

/** The amounts that a run has used. Reservations that were never settled count in full. */
export interface SpendingTotals {
  readonly nano: NanoUsd
  /** The amount of `nano` that is only reserved. */
  readonly reserved: NanoUsd
  readonly tokens: number
  readonly calls: number
  readonly actions: number
  /** The time of its first reservation, in epoch seconds; null before it. */
  readonly since: number | null
  /** The total across all runs on the requested UTC day. */
  readonly nanoToday: NanoUsd
}

/**
 * Folds the lines of a spending file, in order. A reservation is valid if its caps allow it together with all earlier
 * reservations. Every process that reads the file reaches the same verdict, so no lock is needed.
 */
export interface SpendingFold {
  /** Adds one line. A damaged line is ignored. */
  take(line: JsonObject): void
  /**
   * Returns the cap that a reservation would exceed; null if it is valid, undefined if there is no such reservation.
   */
  verdict(id: string): keyof Caps | null | undefined
  totals(run: string, nowS: number): SpendingTotals
}

export function createSpendingFold(): SpendingFold {
  const runs = new Map<string, Account>()
  const days = new Map<number, NanoUsd>()
  const openReservations = new Map<string, OpenReservation>()
  const verdicts = new Map<string, keyof Caps | null>()

  const totals = (run: string, nowS: number): SpendingTotals => {
    const { since, ...used } = runs.get(run) ?? NOTHING
    return { ...used, since, nanoToday: days.get(dayOf(nowS)) ?? 0 }
  }

  function reserve(asked: Reservation, caps: Caps): void {
    if (verdicts.has(asked.id)) return
    const refusedBy = firstBroken(asked, caps, totals(asked.run, asked.ts))
    verdicts.set(asked.id, refusedBy)
    if (refusedBy !== null) return
    openReservations.set(asked.id, { asked, nano: asked.nano, tokens: asked.tokens })
    book(asked, {
      nano: asked.nano,
      tokens: asked.tokens,
      reserved: asked.nano,
      calls: asked.calls,
      actions: asked.actions,
    })
  }

  function settle(id: string, nano: NanoUsd, tokens: number): void {
    const one = openReservations.get(id)
    if (one === undefined) return
    openReservations.delete(id)
    book(one.asked, { nano: nano - one.nano, tokens: tokens - one.tokens, reserved: -one.nano, calls: 0, actions: 0 })
  }

  function book({ run, ts }: Reservation, more: Omit<Account, 'since'>): void {
    const was = runs.get(run) ?? NOTHING
    runs.set(run, {
      nano: was.nano + more.nano,
      reserved: was.reserved + more.reserved,
      tokens: was.tokens + more.tokens,
      calls: was.calls + more.calls,
      actions: was.actions + more.actions,
      since: was.since ?? ts,
    })
    days.set(dayOf(ts), (days.get(dayOf(ts)) ?? 0) + more.nano)
  }

  return {
    take(line) {
      const { kind, id, nano, tokens } = line
      if (kind === 'reserve') {
        const read = readReservation(line)
        if (read !== undefined) reserve(read, readCaps(line['caps']))
      } else if (kind === 'settle' && typeof id === 'string' && isAmount(nano) && isAmount(tokens)) {
        settle(id, nano, tokens)
      }
    },
    verdict: (id) => verdicts.get(id),
    totals,
  }
}

type Account = Omit<SpendingTotals, 'nanoToday'>

interface OpenReservation {
  readonly asked: Reservation
  readonly nano: NanoUsd
  readonly tokens: number
}

const NOTHING: Account = { nano: 0, reserved: 0, tokens: 0, calls: 0, actions: 0, since: null }

function dayOf(seconds: number): number {
  return Math.floor(seconds / 86_400)
}

function firstBroken(asked: Reservation, caps: Caps, used: SpendingTotals): keyof Caps | null {
  const isOver = (cap: number | null, sum: number): boolean => cap !== null && sum > cap
  if (isOver(caps.nano, used.nano + asked.nano)) return 'nano'
  if (isOver(caps.nanoPerDay, used.nanoToday + asked.nano)) return 'nanoPerDay'
  if (isOver(caps.tokens, used.tokens + asked.tokens)) return 'tokens'
  if (asked.calls > 0 && isOver(caps.calls, used.calls + asked.calls)) return 'calls'
  if (asked.actions > 0 && isOver(caps.actions, used.actions + asked.actions)) return 'actions'
  return isOver(caps.minutes, (asked.ts - (used.since ?? asked.ts)) / 60) ? 'minutes' : null
}

function readReservation({ id, run, ts, nano, tokens, calls, actions }: JsonObject): Reservation | undefined {
  if (typeof id !== 'string' || typeof run !== 'string' || typeof ts !== 'number' || !Number.isFinite(ts))
    return undefined
  if (!isAmount(nano) || !isAmount(tokens) || !isAmount(calls) || !isAmount(actions)) return undefined
  return { id, run, ts, nano, tokens, calls, actions }
}

function readCaps(value: unknown): Caps {
  const given = isObject(value) ? value : {}
  const cap = (name: keyof Caps): number | null => {
    const found = given[name]
    return typeof found === 'number' && found >= 0 ? found : null
  }
  return {
    nano: cap('nano'),
    nanoPerDay: cap('nanoPerDay'),
    tokens: cap('tokens'),
    calls: cap('calls'),
    actions: cap('actions'),
    minutes: cap('minutes'),
  }
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
