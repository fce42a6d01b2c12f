import { sameData } from '../event.ts'
import type { AnyParams } from '../params.ts'

/** One thing that an implementation must do. `run` throws when it does not. */
export interface ConformanceCase {
  /** A sentence that is true of a right implementation. */
  readonly title: string
  readonly run: () => void | Promise<void>
}

/** Throws an Error with what was expected and what was seen. */
export function check(holds: boolean, expected: string, seen?: unknown): asserts holds {
  if (!holds)
    throw new Error(seen === undefined ? `expected ${expected}` : `expected ${expected}, got ${JSON.stringify(seen)}`)
}

/** Throws when two JSON data differ. */
export function checkSame(seen: unknown, wanted: unknown, what: string): void {
  // `sameData` walks any JSON data.
  check(sameData(seen as AnyParams, wanted), `${what} to be ${JSON.stringify(wanted)}`, seen)
}
