import { type ActionStory, deadlineOf, describeAction } from '@hotcb/autopilot'
import { printable } from '@hotcb/protocol'
import { showCount, showFigure, showSeconds } from '../../print/figures.ts'
import type { Terminal } from '../../print/terminal.ts'

/** An action in a few words: `a1-3 lr 0.05 → 0.025`. */
export function showAction(action: ActionStory, terminal: Terminal): string {
  return `${terminal.bold(action.id)} ${showChange(action, terminal)}`
}

/** What an action asks for: `lr 0.05 → 0.025`; of an alert, that it is one. */
export function showChange(action: ActionStory, { unicode }: Terminal): string {
  return printable(describeAction(action, { unicode, showValue: showFigure }) ?? 'alert')
}

/** How long a proposal can still be answered: `until step 1,200 or 25 min`. */
export function showDeadline(action: ActionStory, nowMs: number): string {
  const { step, ts } = deadlineOf(action)
  const parts = [
    ...(step === null ? [] : [`step ${showCount(step)}`]),
    ...(ts === null ? [] : [showSeconds(Math.max(0, ts - nowMs / 1000))]),
  ]
  return parts.length === 0 ? 'no time limit' : `until ${parts.join(' or ')}`
}
