import type { JsonObject } from '@hotcb/protocol'
import type { Caller } from './ports.ts'

/**
 * A host that runs callbacks itself, in its own process: for `dispatch: 'host'`.
 *
 * The module loads, swaps and switches callbacks, sets their parameters and keeps the ledger. It never calls `handle`
 * or `onAttach`; the host does, at its own events. An instance is one load of a callback: its `number` is never used
 * again, and is the one that the loader found in `LoadRequest.caller`. The module calls the host on the thread of the
 * safe point, and waits for the call.
 */
export interface CallbackHost {
  /** Called once, when the module is created. The host keeps `reports` and calls it at or between safe points. */
  connect(reports: HostReports): void
  /**
   * Exactly these instances run from the next event on, in this order. Called when the list has changed: by a load, an
   * unload, an enable, a disable, a report of a trip, a loaded checkpoint, and at the end. An instance that was not in
   * the list before starts with zero errors in a row.
   *
   * When it throws, the op that changed the list is `failed` with its message, and the change is undone. At the next
   * safe point the module passes the list again, until the host accepts it.
   */
  run(instances: readonly Caller[]): void
  /** Closes instances later. Absent: the module calls `close` of the callback and waits for it. */
  readonly closing?: DeferredClosing
}

/** Closing at any time that the host chooses. It confirms each instance by `HostReports.closed`. */
export interface DeferredClosing {
  /**
   * Requests the closing of an instance that no longer runs: it was unloaded, replaced, or could not be loaded. The
   * module does not wait, and shows it as `closing` in the status until it is confirmed. When this throws, the ledger
   * line has a note, and the instance stays unconfirmed.
   */
  ask(instance: Caller): void
  /**
   * Called once at the end, with the instances that are not confirmed: the last chance to close them. Those that are not
   * confirmed when it returns, or throws, are named in the log.
   */
  flush(instances: readonly Caller[]): void
}

/**
 * The reports of the host to the module. A number that is no longer loaded is ignored, or logged if information would
 * be lost.
 */
export interface HostReports {
  /**
   * A callback failed too often or took too long, in one line. The host has already stopped it. The module removes it
   * from the list, and submits `cb disable` with source `kernel` and the reason as its note.
   */
  trip(number: number, reason: string): void
  /**
   * The cost of an instance since its creation: shown in the status, and recorded in the ledger line of its end.
   *
   * @throws RangeError for a number that is negative or not finite; then nothing is changed.
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
  /** Share of the wall time of the host's last window, 0 to 1. @defaultValue null */
  readonly share?: number | null
  /** Calls that have not settled yet. @defaultValue 0 */
  readonly pending?: number
  readonly lastError?: { readonly step: number | null; readonly message: string } | null
}

/** The entry of an id in the status, with the number of its instances that the host has not closed yet. */
export function withClosing(status: JsonObject | undefined, count: number): JsonObject {
  return { ...(status ?? { enabled: false, loaded: false, last_params: {} }), closing: count }
}
