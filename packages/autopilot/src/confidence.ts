import type { ChangePermission } from './limits.ts'
import type { Mode, Rule } from './types.ts'

/** What a fired rule does: it reports, proposes, or acts. */
export type Verdict = 'alert' | 'propose' | 'act'

/** Looks up what a rule does in the table of modes and confidences. An action that no limit allows becomes an alert. */
export function verdictOf(
  mode: Mode,
  { confidence, version }: Pick<Rule, 'confidence' | 'version'>,
  { permission }: ChangePermission,
): Verdict {
  if (mode === 'off' || permission === 'never') return 'alert'
  // Rules in hotcb 2 files propose with any confidence.
  if (mode === 'suggest') return confidence === 'low' && version !== 1 ? 'alert' : 'propose'
  return confidence === 'low' || permission === 'ask' ? 'propose' : 'act'
}
