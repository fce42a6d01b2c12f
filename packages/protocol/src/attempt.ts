import { show } from './json.ts'
import type { LedgerLine } from './ledger.ts'

/** One process of a run, or one cut of its history: the highest `n` in a ledger holds the run directory. */
export interface Attempt {
  readonly n: number
  readonly token: string
}

// No run has a billion attempts. A number above it would leave no room to count on.
const MAX_ATTEMPTS = 1e9

/**
 * The attempt that a ledger line opens; null where it opens none.
 *
 * A `core attempt` line counts only if it is `applied` and its `n` is a whole number from 1 to a billion. Every reader of
 * attempts asks this function, so that no line means a new attempt to one of them and nothing to another.
 */
export function readAttempt(line: Pick<LedgerLine, 'module' | 'op' | 'decision' | 'payload'>): Attempt | null {
  if (line.module !== 'core' || line.op !== 'attempt' || line.decision !== 'applied') return null
  const { n, token } = line.payload ?? {}
  if (typeof n !== 'number' || !Number.isInteger(n) || n < 1 || n > MAX_ATTEMPTS) return null
  // Compared, and never shown: one that is no text is like no other.
  return { n, token: typeof token === 'string' ? token : show(token) }
}
