import { controlKey } from './staged.ts'

/** Focuses a control, or the log of results if that control is not shown. */
export function focusControl(staged: string): void {
  const key = controlKey(staged)
  const row = document.querySelector(`[data-control="${CSS.escape(key)}"]`)
  const field = row?.querySelector<HTMLElement>(FIELDS) ?? row?.querySelector<HTMLElement>(BUTTONS)
  const target = field ?? document.getElementById('activity-button')
  target?.focus()
  target?.scrollIntoView({ block: 'nearest' })
}

/** The element of a control that receives focus: its field, not its slider or a button next to it. */
const FIELDS = 'input:not([type="range"]):not(:disabled), select:not(:disabled)'
const BUTTONS = 'button:not(:disabled, .ramp)'
