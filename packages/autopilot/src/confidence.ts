import type { Confidence } from '@hotcb/protocol'
import type { Judgement } from './limits.ts'
import type { Mode } from './types.ts'

/** What a rule that fired does: tells, asks, or acts. */
export type Verdict = 'alert' | 'propose' | 'act'

/** The table of modes and confidences. An action that no limit allows becomes an alert. */
export function verdictOf(mode: Mode, confidence: Confidence, { permission }: Judgement): Verdict {
  if (mode === 'off' || permission === 'never') return 'alert'
  if (mode === 'suggest') return confidence === 'low' ? 'alert' : 'propose'
  return confidence === 'low' || permission === 'ask' ? 'propose' : 'act'
}
