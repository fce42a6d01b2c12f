import { sameData } from '../event.ts'
import type { AnyParams } from '../params.ts'

/** One requirement for an implementation. `run` throws if the requirement is not met. */
export interface ConformanceCase {
  /** A sentence that is true for a correct implementation. */
  readonly title: string
  readonly run: () => void | Promise<void>
}

/** Throws an error that states what was expected and what was seen. */
export function check(holds: boolean, expected: string, seen?: unknown): asserts holds {
  if (!holds)
    throw new Error(seen === undefined ? `expected ${expected}` : `expected ${expected}, got ${JSON.stringify(seen)}`)
}

/** Throws if two JSON values differ. */
export function checkSame(seen: unknown, wanted: unknown, what: string): void {
  // `sameData` accepts any JSON data.
  check(sameData(seen as AnyParams, wanted), `${what} to be ${JSON.stringify(wanted)}`, seen)
}
