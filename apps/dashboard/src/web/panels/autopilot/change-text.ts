import { type ActionRecord, describeAction } from '@hotcb/autopilot'
import { formatValue } from '../../../shared/describe.ts'

/** Returns the change of an action: `lr 0.3 → 0.15`; for an alert, the word `alert`. */
export function changeText(action: Pick<ActionRecord, 'command'>): string {
  return describeAction(action, { showValue: (value) => formatValue(value) }) ?? 'alert'
}
