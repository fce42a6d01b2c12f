import { type ActionRecord, describeAction } from '@hotcb/autopilot'
import { formatValue } from '../../../shared/describe.ts'

/** What an action changes: `lr 0.3 → 0.15`; of an alert, that it is one. */
export function changeText(action: Pick<ActionRecord, 'command'>): string {
  return describeAction(action, { showValue: (value) => formatValue(value) }) ?? 'alert'
}
