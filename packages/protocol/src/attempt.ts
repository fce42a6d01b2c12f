import { show } from './json.ts'
import type { LedgerLine } from './ledger.ts'

/**
 * One process of a run, or one cut in its history. The process with the highest `n` in a ledger owns the run directory.
 */
export interface Attempt {
  readonly n: number
  readonly token: string
}

// The highest attempt number that is accepted. No run has a billion attempts, and near 2^53 counting could not
// continue.
const MAX_ATTEMPTS = 1e9

/**
 * The attempt that a ledger line opens; null if it opens none.
 *
 * A `core attempt` line counts only if it is `applied` and its `n` is a whole number from 1 to a billion. Every reader
 * of attempts uses this function, so that all agree on which lines open an attempt.
 */
export function readAttempt(line: Pick<LedgerLine, 'module' | 'op' | 'decision' | 'payload'>): Attempt | null {
  if (line.module !== 'core' || line.op !== 'attempt' || line.decision !== 'applied') return null
  const { n, token } = line.payload ?? {}
  if (typeof n !== 'number' || !Number.isInteger(n) || n < 1 || n > MAX_ATTEMPTS) return null
  // The token is only compared, never shown. A token that is not a string becomes a string that equals no real token.
  return { n, token: typeof token === 'string' ? token : show(token) }
}
