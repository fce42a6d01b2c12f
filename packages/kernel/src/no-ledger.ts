import type { LedgerPort } from './ports.ts'

/** A ledger that stores nothing: for a kernel without one. */
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
