import { controlKey } from './staged.ts'

/** Puts the focus on a control, or on the log of results where that control is not shown. */
export function focusControl(staged: string): void {
  const key = controlKey(staged)
  const row = document.querySelector(`[data-control="${CSS.escape(key)}"]`)
  const field = row?.querySelector<HTMLElement>(FIELDS) ?? row?.querySelector<HTMLElement>(BUTTONS)
  const target = field ?? document.getElementById('activity-button')
  target?.focus()
  target?.scrollIntoView({ block: 'nearest' })
}

/** The element of a control that gets the focus: its field rather than its slider or one of the buttons next to it. */
const FIELDS = 'input:not([type="range"]):not(:disabled), select:not(:disabled)'
const BUTTONS = 'button:not(:disabled, .ramp)'
