import type { JsonObject } from '@hotcb/protocol'
import type { Caller } from './ports.ts'

/**
 * A host that runs callbacks itself, in its own process: for `dispatch: 'host'`.
 *
 * The module loads, swaps and switches callbacks, sets their parameters and keeps the ledger. It never calls `handle` or
 * `onAttach`; the host does, at its own events. An instance is one load of a callback: its `number` is never used again, and
 * is the one that the loader found in `LoadRequest.caller`. The module calls the host on the thread of the safe point, and
 * waits for it.
 */
export interface CallbackHost {
  /** Called once, when the module is created. The host keeps `reports` and calls it at or between safe points. */
  connect(reports: HostReports): void
  /**
   * Exactly these instances run from the next event on, in this order. Called when the list has changed: by a load, an
   * unload, an enable, a disable, a report of a trip, a loaded checkpoint, and at the end. Whoever was not in the list before
   * starts with no errors in a row.
   *
   * When it throws, the op that changed the list is `failed` with its message, and the change is undone. At the next safe
   * point the module gives the list again, until the host takes it.
   */
  run(instances: readonly Caller[]): void
  /** Closes instances later. Absent: the module calls `close` of the callback and waits for it. */
  readonly closing?: DeferredClosing
}

/** Closing that the host does when it suits it. It confirms each instance by `HostReports.closed`. */
export interface DeferredClosing {
  /**
   * Asks to close an instance that does not run any more: it was unloaded, replaced, or could not be loaded. The module
   * does not wait, and shows it as `closing` in the status until it is confirmed. When this throws, the ledger line has a
   * note, and the instance stays unconfirmed.
   */
  ask(instance: Caller): void
  /**
   * Called once at the end, with the instances that are not confirmed: the last chance to close them. Those that are not
   * confirmed when it returns, or throws, are named in the log.
   */
  flush(instances: readonly Caller[]): void
}

/** What the host tells the module. A number that is not loaded any more is ignored, or logged where that loses news. */
export interface HostReports {
  /**
   * A callback failed too often or took too long, in one line. The host has stopped it already. The module takes it off the
   * list, and submits `cb disable` with source `kernel` and the reason as its note.
   */
  trip(number: number, reason: string): void
  /**
   * What an instance has cost since it was made: shown in the status, and kept in the ledger line of its end.
   *
   * @throws RangeError for a number that is negative or not finite; nothing is changed then.
   */
  costs(number: number, costs: HostedCosts): void
  /** The instance is closed; `error` is one line on what its `close` threw, or null. */
  closed(number: number, error: string | null): void
}

/** Totals of one instance, not differences since the last report. */
export interface HostedCosts {
  readonly calls: number
  readonly errors: number
  readonly totalMs: number
  /** The longest call. */
  readonly maxMs: number
  /** Part of the wall time of the host's last window, 0 to 1. @defaultValue null */
  readonly share?: number | null
  /** Calls that have not settled yet. @defaultValue 0 */
  readonly pending?: number
  readonly lastError?: { readonly step: number | null; readonly message: string } | null
}

/** The entry of an id in the status, with the number of its instances that the host has not closed yet. */
export function withClosing(status: JsonObject | undefined, count: number): JsonObject {
  return { ...(status ?? { enabled: false, loaded: false, last_params: {} }), closing: count }
}
