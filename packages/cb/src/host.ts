import type { JsonObject } from '@hotcb/protocol'
import type { Caller } from './ports.ts'

/**
 * A host that runs callbacks itself, in its own process, for `dispatch: 'host'`.
 *
 * The module loads, swaps and switches callbacks, sets their parameters and writes the ledger. It never calls `handle`
 * or `onAttach`; the host calls them at its own events. An instance is one load of a callback. Its `number` is the one in the loader's
 * `LoadRequest.caller` and is never reused. The module calls the host on the safe point's thread and waits for the call.
 */
export interface CallbackHost {
  /** Called once, when the module is created. The host stores `reports` and calls it at or between safe points. */
  connect(reports: HostReports): void
  /**
   * Sets the instances that run, in this order, starting with the next event. Called when the list has changed: after a load,
   * an unload, an enable, a disable, a report of a failed callback (`trip`) or a loaded checkpoint, and at the end. An instance that is
   * new in the list starts with zero consecutive errors.
   *
   * When it throws, the op that changed the list is `failed` with its message, and the change is undone. At the next
   * safe point the module passes the list again, until the host accepts it.
   */
  run(instances: readonly Caller[]): void
  /** Closes instances later. If absent, the module calls the callback's `close` and waits for it. */
  readonly closing?: DeferredClosing
}

/** Closes instances at a time that the host chooses. The host confirms each one with `HostReports.closed`. */
export interface DeferredClosing {
  /**
   * Requests the closing of an instance that no longer runs, because it was unloaded, replaced, or could not be loaded.
   * The module does not wait, and lists it as `closing` in the status until the host confirms it. If this throws, the
   * ledger line gets a note, and the instance stays unconfirmed.
   */
  ask(instance: Caller): void
  /**
   * Called once at the end with the unconfirmed instances, as the last chance to close them. Instances that are still unconfirmed when it
   * returns or throws are listed in the log.
   */
  flush(instances: readonly Caller[]): void
}

/**
 * The host's reports to the module. A number that is no longer loaded is ignored, or logged if information would be lost.
 */
export interface HostReports {
  /**
   * Reports that a callback failed too often or took too long, with the reason in one line. The host has already
   * stopped it. The module removes it from the list, and submits `cb disable` with source `kernel` and the reason as
   * its note.
   */
  trip(number: number, reason: string): void
  /**
   * Reports the cost of an instance since its creation. The status shows it, and the ledger line that ends the instance
   * records it.
   *
   * @throws RangeError for a number that is negative or not finite; nothing is changed in that case.
   */
  costs(number: number, costs: HostedCosts): void
  /** Confirms that the instance is closed. `error` is one line if its `close` threw, otherwise null. */
  closed(number: number, error: string | null): void
}

/** Totals for one instance, not differences since the last report. */
export interface HostedCosts {
  readonly calls: number
  readonly errors: number
  readonly totalMs: number
  /** The longest call. */
  readonly maxMs: number
  /** The share of the wall time in the host's last window, 0 to 1. @defaultValue null */
  readonly share?: number | null
  /** Calls that have not settled yet. @defaultValue 0 */
  readonly pending?: number
  readonly lastError?: { readonly step: number | null; readonly message: string } | null
}

/** Adds the number of instances that the host has not closed yet to an ID's status entry. */
export function withClosing(status: JsonObject | undefined, count: number): JsonObject {
  return { ...(status ?? { enabled: false, loaded: false, last_params: {} }), closing: count }
}
