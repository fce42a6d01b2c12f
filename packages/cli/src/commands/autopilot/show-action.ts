import { type ActionRecord, describeAction } from '@hotcb/autopilot'
import { printable } from '@hotcb/protocol'
import { showFigure } from '../../print/figures.ts'
import type { Terminal } from '../../print/terminal.ts'

/** Describes an action in a few words: `a1-3 lr 0.05 → 0.025`. */
export function showAction(action: ActionRecord, terminal: Terminal): string {
  return `${terminal.bold(action.id)} ${showChange(action, terminal)}`
}

/** Describes the change made by an action: `lr 0.05 → 0.025`; for an alert, the word `alert`. */
export function showChange(action: ActionRecord, { unicode }: Terminal): string {
  return printable(describeAction(action, { unicode, showValue: showFigure }) ?? 'alert')
}
