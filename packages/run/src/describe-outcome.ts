import type { LedgerLine } from '@hotcb/protocol'
import { type Describable, type DescribeStyle, describe } from './describe.ts'
import { plainReason } from './plain-reason.ts'

type Decided = Pick<LedgerLine, 'decision' | 'error'>

/** Returns a kernel's decision in plain words: `refused by the freeze`. */
export function decisionText({ decision }: Pick<LedgerLine, 'decision'>): string {
  switch (decision) {
    case 'ignored_freeze':
      return 'refused by the freeze'
    case 'ignored_replay':
      return 'refused during a replay'
    case 'skipped_noop':
      return 'nothing to do'
    default:
      return decision
  }
}

/** Returns why a change was not applied, in plain words; null if it was applied, or if the decision is the whole reason. */
export function failureReason({ decision, error }: Decided): string | null {
  // For a freeze, the error in the kernel's line would only repeat the decision.
  return error === null || decision === 'applied' || decision.startsWith('ignored') ? null : plainReason(error)
}

/**
 * Describes a ledger line. If its change was not applied, the outcome follows: `lr = -1: failed: lr must be above 0, not -1`.
 */
export function describeOutcome(line: Describable & Decided, style: DescribeStyle = {}): string {
  const what = describe(line, style)
  if (line.decision === 'applied') return what
  const reason = failureReason(line)
  return `${what}: ${decisionText(line)}${reason === null ? '' : `: ${reason}`}`
}
