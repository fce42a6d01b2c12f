import type { LedgerPort } from './ports.ts'

/** Creates a ledger that stores nothing, for a kernel without a ledger. */
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
