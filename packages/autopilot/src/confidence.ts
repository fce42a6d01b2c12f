import type { ChangePermission } from './limits.ts'
import type { Mode, Rule } from './types.ts'

/** The effect of a fired rule: it reports, proposes, or acts. */
export type Verdict = 'alert' | 'propose' | 'act'

/** The table of modes and confidences. An action that no limit allows becomes an alert. */
export function verdictOf(
  mode: Mode,
  { confidence, version }: Pick<Rule, 'confidence' | 'version'>,
  { permission }: ChangePermission,
): Verdict {
  if (mode === 'off' || permission === 'never') return 'alert'
  // Files of hotcb 2 propose whatever their confidence is.
  if (mode === 'suggest') return confidence === 'low' && version !== 1 ? 'alert' : 'propose'
  return confidence === 'low' || permission === 'ask' ? 'propose' : 'act'
}
