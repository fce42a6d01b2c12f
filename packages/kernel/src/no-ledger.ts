import type { LedgerPort } from './ports.ts'

/** A ledger that keeps nothing: for a kernel that was given none. */
export function noLedger(): LedgerPort {
  return {
    entries: () => [],
    append: () => null,
    flush: () => null,
    isPending: false,
    foreign: () => [],
    find: () => undefined,
    bytes: 0,
  }
}
