import type { JSX } from 'preact'
import { decisionText, type Outcome, outcomeOf } from './change-look.ts'

/** Shows a badge for a decision. */
export function Decision({ decision }: { readonly decision: string }): JSX.Element {
  return <span class={`badge bare ${LOOKS[outcomeOf(decision)]}`}>{decisionText(decision)}</span>
}

const LOOKS: Readonly<Record<Outcome, string>> = {
  applied: 'good',
  scheduled: '',
  reverted: '',
  refused: 'bad',
  none: '',
}
